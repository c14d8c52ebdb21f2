/** Adding an endpoint, or changing one: its URL first, all the rest folded underneath. */
import {
  Alert,
  Anchor,
  Button,
  Checkbox,
  Collapse,
  Group,
  Modal,
  Stack,
  Text,
} from "@mantine/core";
import { PasswordInput, Select, TextInput } from "@mantine/core";
import { useState } from "react";

import { toldOf } from "@/features/settings/problems";
import { useSettings } from "@/features/settings/queries";
import { words } from "@/strings";
import { Failure } from "@/ui/Failure";
import { done } from "@/ui/toast";

import { Advanced } from "./Advanced";
import { BLANK, changesOf, fieldOf, type Values, valuesOf } from "./form";
import styles from "./EndpointForm.module.css";
import { type Endpoint, kindOf, looksFar, nameOf, siteOf } from "./model";
import { ModelField } from "./ModelField";
import { useAdd, useChange } from "./queries";

const said = words.endpoints.form;
const kinds = words.endpoints.kinds;

const FIELDS = new Set(Object.keys(BLANK));

/** What a field of the form is bound with: its error, and whether another place fixes it. */
export interface Bound {
  error: string | undefined;
  disabled: boolean;
  description: string | undefined;
}

interface FormProps {
  /** The one to change; a new one when left out, */
  endpoint?: Endpoint;
  /** at this URL and under this name, where they are known. */
  url?: string;
  name?: string;
  taken: readonly string[];
  mayChange?: boolean;
  close: () => void;
}

export function EndpointForm(props: FormProps) {
  const { endpoint } = props;
  const settings = useSettings(Boolean(endpoint && props.mayChange));
  // The form begins with what is configured: until that is known there is nothing to show.
  const waits = settings.isLoading;
  return (
    <Modal
      opened
      onClose={props.close}
      // What was typed, a key perhaps, is not lost by a click beside it.
      closeOnClickOutside={false}
      size="lg"
      title={titleOf(props)}
      closeButtonProps={{ "aria-label": words.common.close }}
    >
      {waits ? <Text c="dimmed">{words.common.loading}</Text> : <Fields {...props} />}
    </Modal>
  );
}

function titleOf({ endpoint, mayChange }: FormProps): string {
  if (!endpoint) return said.addTitle;
  const isLocked = endpoint.made_in !== "" || !mayChange;
  return isLocked ? said.lookTitle(endpoint.name) : said.editTitle(endpoint.name);
}

function Fields(props: FormProps) {
  const { endpoint, taken } = props;
  const settings = useSettings(Boolean(endpoint && props.mayChange)).data;
  const own = (field: string) =>
    endpoint && settings?.find(({ name }) => name === `endpoints.${endpoint.name}.${field}`);
  const [before] = useState<Values>(() =>
    endpoint
      ? valuesOf(endpoint, (own("reach")?.value ?? null) as Endpoint["reach"] | null)
      : { ...BLANK, url: props.url ?? "", name: props.name ?? "" },
  );
  const [values, setValues] = useState(before);
  const [open, setOpen] = useState(false);
  const add = useAdd();
  const change = useChange(endpoint?.name ?? "");
  const { error } = endpoint ? change : add;
  const told = toldOf(error?.message ?? "", (path) => FIELDS.has(fieldOf(path)));
  const wrong = new Map([...told.fields].map(([path, what]) => [fieldOf(path), what]));
  const isLocked = Boolean(endpoint && (endpoint.made_in || !props.mayChange));
  const set = <K extends keyof Values>(field: K, value: Values[K]) =>
    setValues((now) => ({ ...now, [field]: value }));
  const bind = (field: string, hint?: string): Bound => {
    const fixed = own(field)?.fixed ? (own(field)?.place ?? "") : "";
    return {
      error: wrong.get(field),
      disabled: isLocked || fixed !== "",
      description: fixed ? said.locked(fixed) : hint,
    };
  };
  const name = values.name || nameOf(values.url, taken);
  const changes = changesOf(endpoint ? before : BLANK, values);
  const changed = Object.keys(changes).length > 0;

  const submit = () => {
    if (endpoint) {
      change.mutate(changes, {
        onSuccess: () => {
          done(said.saved(endpoint.name));
          props.close();
        },
      });
      return;
    }
    add.mutate(
      { ...changes, name },
      {
        onSuccess: () => {
          done(said.added(name));
          props.close();
        },
      },
    );
  };

  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack gap="sm">
        {endpoint?.made_in ? (
          <Alert variant="light" color="gray">
            {said.lockedAll(endpoint.made_in)}
          </Alert>
        ) : null}
        {error && (told.rest || !told.fields.size) ? (
          <Failure error={told.rest ? new Error(told.rest) : error} />
        ) : null}
        <Main
          values={values}
          set={set}
          bind={bind}
          endpoint={endpoint}
          name={name}
          moved={before.url !== "" && siteOf(before.url) !== siteOf(values.url)}
        />
        <Anchor
          component="button"
          type="button"
          size="sm"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          style={{ alignSelf: "flex-start" }}
        >
          {said.more}
        </Anchor>
        <Collapse expanded={open || [...wrong.keys()].some((field) => !MAIN.has(field))}>
          <Advanced values={values} set={set} bind={bind} />
        </Collapse>
        <Group justify="flex-end">
          <Button variant="default" onClick={props.close}>
            {isLocked ? words.common.close : words.common.cancel}
          </Button>
          {isLocked ? null : (
            <Button
              type="submit"
              loading={add.isPending || change.isPending}
              disabled={endpoint ? !changed : !values.url.trim() && values.kind !== "pixels"}
            >
              {endpoint ? words.common.save : said.add}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}

const MAIN = new Set(["url", "name", "kind", "model", "api_key"]);

function Main(props: {
  values: Values;
  set: <K extends keyof Values>(field: K, value: Values[K]) => void;
  bind: (field: string, hint?: string) => Bound;
  endpoint: Endpoint | undefined;
  name: string;
  moved: boolean;
}) {
  const { values, set, bind, endpoint } = props;
  const hasKey = endpoint?.has_key ?? false;
  const guess = said.kindGuessed(kinds[kindOf(values.url)]);
  const key = hasKey ? (props.moved ? said.keyMoves : said.keyKept) : said.keyHint;
  return (
    <>
      <TextInput
        label={said.url}
        value={values.url}
        onChange={(event) => set("url", event.currentTarget.value)}
        inputMode="url"
        autoComplete="off"
        spellCheck={false}
        data-autofocus
        {...bind("url", said.urlHint)}
      />
      {looksFar(values.url) ? (
        <Text size="sm" c="var(--warn)">
          {said.cloud}
        </Text>
      ) : null}
      <Group grow align="flex-start" gap="sm">
        {endpoint ? null : (
          <TextInput
            label={said.name}
            value={props.name}
            onChange={(event) => set("name", event.currentTarget.value)}
            autoComplete="off"
            spellCheck={false}
            {...bind("name", said.nameHint)}
          />
        )}
        <Select
          label={said.kind}
          data={[
            ...(endpoint ? [] : [{ value: "", label: values.url ? guess : said.kindGuess }]),
            ...Object.entries(kinds).map(([value, label]) => ({ value, label })),
            ...(values.kind && !(values.kind in kinds)
              ? [{ value: values.kind, label: values.kind }]
              : []),
          ]}
          value={values.kind}
          onChange={(value) => set("kind", value ?? "")}
          allowDeselect={false}
          {...bind("kind", endpoint ? undefined : " ")}
        />
      </Group>
      <ModelField
        endpoint={endpoint}
        url={values.url || null}
        label={said.model}
        value={values.model}
        onChange={(value) => set("model", value)}
        {...bind("model", said.modelHint)}
      />
      <PasswordInput
        label={said.key}
        value={values.api_key}
        onChange={(event) => set("api_key", event.currentTarget.value)}
        autoComplete="new-password"
        {...bind("api_key", key)}
      />
      {hasKey && !bind("api_key").disabled ? (
        <Checkbox
          label={said.forget}
          checked={values.forget}
          onChange={(event) => set("forget", event.currentTarget.checked)}
        />
      ) : null}
    </>
  );
}
