/** The field in which one setting is changed, by what the server says that it may be. */
import { NumberInput, PasswordInput, Select, Switch, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";

import { words } from "@/strings";

import { bytesOf, bytesText, optionsOf, RESET, unitOf } from "./model";
import type { Setting } from "./queries";

const said = words.settings;

export function Editor(props: {
  setting: Setting;
  /** What was typed; undefined when nothing was. */
  drafted: unknown;
  label: string;
  describedBy: string;
  error: string | undefined;
  change: (value: unknown) => void;
}) {
  const { setting, drafted, change } = props;
  const value =
    drafted === undefined ? setting.value : drafted === RESET ? setting.default : drafted;
  const common = {
    "aria-label": props.label,
    "aria-describedby": props.describedBy,
    error: props.error,
    disabled: setting.fixed !== "",
    size: "sm",
  } as const;
  switch (setting.kind) {
    case "boolean":
      return (
        <Switch
          {...common}
          checked={value === true}
          label={<span aria-hidden>{value === true ? said.on : said.off}</span>}
          onChange={(event) => change(event.currentTarget.checked)}
        />
      );
    case "choice":
      return (
        <Select
          {...common}
          data={optionsOf(setting)}
          value={typeof value === "string" && value ? value : null}
          placeholder={setting.optional ? said.unsaid : ""}
          clearable={setting.optional}
          allowDeselect={false}
          onChange={(chosen) => change(chosen ?? "")}
        />
      );
    case "bytes":
      return (
        <Bytes
          {...common}
          value={value}
          placeholder={setting.optional ? said.unsaid : ""}
          change={change}
        />
      );
    case "integer":
    case "number":
    case "duration": {
      const unit = unitOf(setting);
      return (
        <NumberInput
          {...common}
          value={typeof value === "number" || typeof value === "string" ? value : ""}
          placeholder={setting.optional ? said.unsaid : ""}
          allowDecimal={setting.kind !== "integer"}
          suffix={unit && ` ${unit}`}
          // What is out of bounds is said, not quietly made another number.
          clampBehavior="none"
          min={setting.at_least ?? setting.more_than ?? -Infinity}
          max={setting.at_most ?? Infinity}
          onChange={(typed) => change(typed)}
        />
      );
    }
    case "list":
      return (
        <Textarea
          {...common}
          autosize
          minRows={1}
          maxRows={8}
          placeholder={said.list}
          value={Array.isArray(value) ? value.join("\n") : ""}
          onChange={(event) => {
            const text = event.currentTarget.value;
            change(text === "" ? [] : text.split("\n"));
          }}
        />
      );
    case "secret":
      return (
        <PasswordInput
          {...common}
          autoComplete="new-password"
          placeholder={setting.value === null ? said.secretNone : said.secretKept}
          value={typeof drafted === "string" ? drafted : ""}
          onChange={(event) => change(event.currentTarget.value)}
        />
      );
    case "text":
      return (
        <TextInput
          {...common}
          value={typeof value === "string" ? value : ""}
          onChange={(event) => change(event.currentTarget.value)}
        />
      );
  }
}

function Bytes(props: {
  value: unknown;
  placeholder: string;
  change: (value: unknown) => void;
  error: string | undefined;
  disabled: boolean;
  size: string;
  "aria-label": string;
  "aria-describedby": string;
}) {
  const { value, change, ...common } = props;
  // What is typed stays as it is while it means the value: "1." is on its way to "1.5 GB".
  const [typed, setTyped] = useState<{ text: string; means: unknown } | null>(null);
  const written = typeof value === "number" ? bytesText(value) : "";
  const text = typed && typed.means === value ? typed.text : written;
  return (
    <TextInput
      {...common}
      value={text}
      onChange={(event) => {
        const text = event.currentTarget.value;
        const means = text.trim() === "" ? "" : (bytesOf(text) ?? text);
        setTyped({ text, means });
        change(means);
      }}
    />
  );
}
