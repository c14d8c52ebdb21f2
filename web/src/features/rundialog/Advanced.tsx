/** What most runs leave as it is, folded under the sentence. */
import {
  Button,
  Collapse,
  Fieldset,
  NativeSelect,
  NumberInput,
  SimpleGrid,
  Switch,
  TextInput,
} from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";

import { words } from "@/strings";

import { changes, type Draft, FOLDED, FRESH, REACHES } from "./draft";
import type { PartProps } from "./parts";
import { SamplingField } from "./SamplingField";

const say = words.run;

export function Advanced(props: PartProps & { open: boolean; onOpen: (open: boolean) => void }) {
  const { draft, change, open } = props;
  const changed = changes(draft);
  const usual = Object.fromEntries(FOLDED.map((field) => [field, FRESH[field]])) as Partial<Draft>;
  return (
    <div>
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        aria-expanded={open}
        leftSection={
          open ? (
            <IconChevronDown size={16} aria-hidden />
          ) : (
            <IconChevronRight size={16} aria-hidden />
          )
        }
        onClick={() => props.onOpen(!open)}
      >
        {changed ? `${say.advanced} (${say.changed(changed)})` : say.advanced}
      </Button>
      {changed && open ? (
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          onClick={() =>
            change({ ...draft, ...usual, ...(draft.pass === "own" ? { pass: "fast" } : {}) })
          }
        >
          {say.reset}
        </Button>
      ) : null}
      <Collapse expanded={open}>
        {open ? (
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm" verticalSpacing="sm" mt="xs">
            <SamplingField {...props} />
            <Budget {...props} />
            <Pictures {...props} />
            <Place {...props} />
          </SimpleGrid>
        ) : null}
      </Collapse>
    </div>
  );
}

function Budget({ draft, wrong, change }: PartProps) {
  const limits = [
    ["calls", 0],
    ["tokens", 0],
    ["cost", 4],
  ] as const;
  return (
    <Fieldset legend={say.budget.label}>
      <SimpleGrid cols={2} spacing="xs">
        {limits.map(([field, digits]) => (
          <NumberInput
            key={field}
            size="xs"
            label={say.budget[field]}
            placeholder={say.unlimited}
            min={0}
            decimalScale={digits}
            thousandSeparator=","
            value={draft[field] ?? ""}
            error={wrong[field]}
            onChange={(value) => change({ ...draft, [field]: number(value) })}
          />
        ))}
        <TextInput
          size="xs"
          label={say.budget.time}
          placeholder={say.budget.timePlaceholder}
          value={draft.time}
          error={wrong.time}
          onChange={(event) => change({ ...draft, time: event.currentTarget.value })}
        />
      </SimpleGrid>
    </Fieldset>
  );
}

const SHARING = { usual: null, yes: true, no: false } as const;

function Pictures({ draft, wrong, change }: PartProps) {
  const sharing = draft.sharing === null ? "usual" : draft.sharing ? "yes" : "no";
  return (
    <>
      <NativeSelect
        size="xs"
        label={say.sharing}
        value={sharing}
        data={(["usual", "yes", "no"] as const).map((value) => ({
          value,
          label: say.sharings[value],
        }))}
        onChange={(event) =>
          change({ ...draft, sharing: SHARING[event.currentTarget.value as keyof typeof SHARING] })
        }
      />
      <NativeSelect
        size="xs"
        label={say.egress}
        value={draft.egress ?? "usual"}
        data={(["usual", ...REACHES] as const).map((value) => ({
          value,
          label: say.reaches[value],
        }))}
        onChange={(event) => {
          const egress = REACHES.find((reach) => reach === event.currentTarget.value) ?? null;
          change({ ...draft, egress });
        }}
      />
      <NumberInput
        size="xs"
        label={say.longestSide}
        placeholder={say.usual}
        min={32}
        max={8192}
        step={64}
        allowDecimal={false}
        value={draft.longestSide ?? ""}
        error={wrong.longestSide}
        onChange={(value) => change({ ...draft, longestSide: number(value) })}
      />
      <NumberInput
        size="xs"
        label={say.maxTokens}
        placeholder={say.usual}
        min={1}
        allowDecimal={false}
        value={draft.maxTokens ?? ""}
        error={wrong.maxTokens}
        onChange={(value) => change({ ...draft, maxTokens: number(value) })}
      />
      <NumberInput
        size="xs"
        label={say.repeats}
        min={1}
        max={100}
        allowDecimal={false}
        value={draft.repeats}
        error={wrong.repeats}
        onChange={(value) => change({ ...draft, repeats: number(value) ?? 1 })}
      />
      <Switch
        size="sm"
        mt="lg"
        label={say.doubt}
        checked={draft.doubt}
        onChange={(event) => change({ ...draft, doubt: event.currentTarget.checked })}
      />
    </>
  );
}

function Place({ draft, wrong, change }: PartProps) {
  return (
    <>
      <TextInput
        size="xs"
        label={say.name}
        placeholder={say.namePlaceholder}
        maxLength={200}
        value={draft.title}
        error={wrong.title}
        onChange={(event) => change({ ...draft, title: event.currentTarget.value })}
      />
      <NumberInput
        size="xs"
        label={say.priority}
        description={say.priorityHint}
        inputWrapperOrder={["label", "input", "description", "error"]}
        min={1}
        max={1000}
        allowDecimal={false}
        value={draft.priority}
        error={wrong.priority}
        onChange={(value) => change({ ...draft, priority: number(value) ?? FRESH.priority })}
      />
      <TextInput
        size="xs"
        type="datetime-local"
        label={say.startAt}
        value={draft.startAt}
        error={wrong.startAt}
        onChange={(event) => change({ ...draft, startAt: event.currentTarget.value })}
      />
      <TextInput
        size="xs"
        type="url"
        label={say.webhook}
        description={say.webhookHint}
        inputWrapperOrder={["label", "input", "description", "error"]}
        placeholder="https://"
        value={draft.webhook}
        error={wrong.webhook}
        onChange={(event) => change({ ...draft, webhook: event.currentTarget.value.trim() })}
      />
    </>
  );
}

function number(value: number | string): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
