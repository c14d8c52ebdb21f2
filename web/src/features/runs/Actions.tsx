/** What can be done with a run: the likeliest as a button, the rest in a menu. */
import { ActionIcon, Button, Menu } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";

import { words } from "@/strings";

import { type Action, actionsOf, type Run } from "./model";
import { useAct } from "./queries";
import styles from "./runs.module.css";

const say = words.runs.act;

export function Actions({ run }: { run: Run }) {
  const act = useAct();
  const [first, ...rest] = actionsOf(run);
  const go = (action: Action) => act.mutate({ id: run.id, action });
  return (
    <div className={styles.acts}>
      {first ? (
        <Button
          size="compact-sm"
          variant="default"
          aria-label={say.of(say[first], run.title)}
          onClick={() => go(first)}
        >
          {say[first]}
        </Button>
      ) : null}
      {rest.length ? (
        <Menu position="bottom-end" shadow="md">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={say.more(run.title)}>
              <IconDots size={16} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {rest.map((action) => (
              <Menu.Item key={action} onClick={() => go(action)}>
                {say[action]}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      ) : null}
    </div>
  );
}
