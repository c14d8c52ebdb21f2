import { Badge, Button, Text } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";

import { words } from "@/strings";

import { Editor } from "./Editor";
import { boundsOf, lockOf, originOf, RESET, shownValue, titleOf, wrongOf } from "./model";
import type { Setting } from "./queries";
import styles from "./SettingRow.module.css";

const said = words.settings;

/** One setting: what it is, where it comes from, and its value to change. */
export function SettingRow(props: {
  setting: Setting;
  drafted: unknown;
  error: string | undefined;
  change: (value: unknown) => void;
  keep: () => void;
}) {
  const { setting, drafted, change } = props;
  const title = titleOf(setting.name);
  const bounds = boundsOf(setting);
  const lock = lockOf(setting);
  const origin = lock ? "" : originOf(setting);
  const id = `about-${setting.name.replaceAll(".", "-")}`;
  const isChanged = setting.origin === "database" && !setting.fixed;
  return (
    <div className={styles.row} data-drafted={drafted !== undefined || undefined}>
      <div className={styles.about}>
        <Text size="sm" fw={600} component="h3" m={0}>
          {title} <span className={styles.name}>{setting.name}</span>
        </Text>
        <div id={id}>
          <Text size="sm" c="dimmed">
            {setting.description
              .split("`")
              .map((part, place) => (place % 2 ? <code key={place}>{part}</code> : part))}
          </Text>
          {lock ? (
            <Text size="xs" className={styles.lock} title={setting.fixed}>
              <IconLock size={13} aria-hidden /> {lock}
            </Text>
          ) : null}
        </div>
      </div>
      <div className={styles.value}>
        <Editor
          setting={setting}
          drafted={drafted}
          label={title}
          describedBy={bounds ? `${id} ${id}-bounds` : id}
          error={wrongOf(setting, drafted) ?? props.error}
          change={change}
        />
        <div className={styles.foot}>
          {bounds ? <span id={`${id}-bounds`}>{bounds}</span> : null}
          {origin ? (
            <Badge variant="default" size="sm" tt="none" fw={400}>
              {origin}
            </Badge>
          ) : null}
          {drafted === RESET ? (
            <>
              <span>{said.willReset}</span>
              <Button size="compact-xs" variant="default" onClick={props.keep}>
                {said.keep}
              </Button>
            </>
          ) : (
            <>
              {setting.secret ? null : (
                <span className={styles.usual}>
                  {said.byDefault(shownValue(setting.default, setting))}
                </span>
              )}
              {isChanged ? (
                <Button
                  size="compact-xs"
                  variant="default"
                  aria-label={said.resetOf(title)}
                  onClick={() => change(RESET)}
                >
                  {said.reset}
                </Button>
              ) : null}
            </>
          )}
        </div>
      </div>
    </div>
  );
}
