/** The field in which one setting is changed, by the type of its value. */
import { NumberInput, PasswordInput, Select, Switch, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";

import { words } from "@/strings";

import { bytesOf, bytesText, type Editor as Kind, RESET } from "./model";
import type { Setting } from "./queries";

const said = words.settings;

export function Editor(props: {
  setting: Setting;
  kind: Kind;
  /** What was typed; undefined when nothing was. */
  drafted: unknown;
  label: string;
  describedBy: string;
  error: string | undefined;
  change: (value: unknown) => void;
}) {
  const { setting, kind, drafted, change } = props;
  const value =
    drafted === undefined ? setting.value : drafted === RESET ? setting.default : drafted;
  const common = {
    "aria-label": props.label,
    "aria-describedby": props.describedBy,
    error: props.error,
    disabled: setting.fixed !== "",
    size: "sm",
  } as const;
  switch (kind.kind) {
    case "switch":
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
          data={kind.options}
          value={String(value)}
          allowDeselect={false}
          onChange={(chosen) => change(chosen)}
        />
      );
    case "number":
      return kind.unit === "bytes" ? (
        <Bytes {...common} value={value} change={change} />
      ) : (
        <NumberInput
          {...common}
          value={typeof value === "number" ? value : ""}
          placeholder={kind.optional ? said.unlimited : ""}
          onChange={(typed) => change(typed)}
        />
      );
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
      placeholder={said.unlimited}
      onChange={(event) => {
        const text = event.currentTarget.value;
        const means = text.trim() === "" ? "" : (bytesOf(text) ?? text);
        setTyped({ text, means });
        change(means);
      }}
    />
  );
}
