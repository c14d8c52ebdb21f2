/** One tag in the form of a set: what it is and asks at first sight, the rest unfolded. */
import {
  ActionIcon,
  Group,
  NumberInput,
  SegmentedControl,
  SimpleGrid,
  Textarea,
  TextInput,
} from "@mantine/core";
import {
  IconArrowDown,
  IconArrowUp,
  IconChevronDown,
  IconChevronRight,
  IconTrash,
} from "@tabler/icons-react";
import { memo, useState } from "react";

import { words } from "@/strings";

import type { TagDraft } from "./model";
import styles from "./TagRow.module.css";

const said = words.tagsets.form;

export interface RowProps {
  tag: TagDraft;
  place: number;
  count: number;
  disabled: boolean;
  color: string;
  /** By field, as one text so that a row is drawn anew only when its own errors change. */
  errors: string;
  change: (place: number, changes: Partial<TagDraft>) => void;
  move: (place: number, by: number) => void;
  remove: (place: number) => void;
}

const FOLDED = ["positive", "negative", "renamed", "category", "image_threshold", "max_gap"];
const ALSO_FOLDED = ["min_length", "required_length"];

export const TagRow = memo(function TagRow(props: RowProps) {
  const { tag, place, count, disabled, change } = props;
  const errors = JSON.parse(props.errors) as Record<string, string>;
  const hasHidden = [...FOLDED, ...ALSO_FOLDED].some((field) => field in errors);
  const [opened, setOpened] = useState(false);
  const open = opened || hasHidden;
  const called = said.tagOf(tag.name, place + 1);
  return (
    <fieldset className={styles.tag} aria-label={called}>
      <div className={styles.row}>
        <span className={styles.dot} style={{ background: props.color }} />
        <TextInput
          className={styles.name}
          size="xs"
          label={said.tag}
          value={tag.name}
          error={errors.name}
          disabled={disabled}
          onChange={(event) => change(place, { name: event.currentTarget.value })}
        />
        <TextInput
          className={styles.wording}
          size="xs"
          label={tag.asks === "question" ? said.question : said.description}
          placeholder={tag.asks === "question" ? "" : tag.name}
          value={tag.wording}
          error={errors.wording}
          disabled={disabled}
          onChange={(event) => change(place, { wording: event.currentTarget.value })}
        />
        <NumberInput
          className={styles.threshold}
          size="xs"
          label={said.threshold}
          value={tag.threshold}
          error={errors.threshold}
          disabled={disabled}
          min={0}
          max={1}
          step={0.05}
          decimalScale={3}
          clampBehavior="none"
          onChange={(value) => change(place, { threshold: value === "" ? "" : Number(value) })}
        />
        <Group gap={2} wrap="nowrap" className={styles.buttons}>
          <ActionIcon
            variant="subtle"
            color="gray"
            disabled={disabled || place === 0}
            aria-label={said.up(called)}
            onClick={() => props.move(place, -1)}
          >
            <IconArrowUp size={15} aria-hidden />
          </ActionIcon>
          <ActionIcon
            variant="subtle"
            color="gray"
            disabled={disabled || place === count - 1}
            aria-label={said.down(called)}
            onClick={() => props.move(place, 1)}
          >
            <IconArrowDown size={15} aria-hidden />
          </ActionIcon>
          <ActionIcon
            variant="subtle"
            color="gray"
            disabled={disabled}
            aria-label={said.remove(called)}
            onClick={() => props.remove(place)}
          >
            <IconTrash size={15} aria-hidden />
          </ActionIcon>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-expanded={open}
            aria-label={open ? said.less(called) : said.more(called)}
            onClick={() => setOpened(!open)}
          >
            {open ? (
              <IconChevronDown size={15} aria-hidden />
            ) : (
              <IconChevronRight size={15} aria-hidden />
            )}
          </ActionIcon>
        </Group>
      </div>
      {open ? <More {...props} parsed={errors} /> : null}
    </fieldset>
  );
});

type TextField = "renamed" | "category" | "max_gap" | "min_length" | "required_length";

function More(props: RowProps & { parsed: Record<string, string> }) {
  const { tag, place, disabled, change, parsed } = props;
  const text = (field: TextField, label: string, hint?: string) => (
    <TextInput
      size="xs"
      label={label}
      description={hint}
      value={tag[field]}
      error={parsed[field]}
      disabled={disabled}
      onChange={(event) => change(place, { [field]: event.currentTarget.value })}
    />
  );
  const examples = (field: "positive" | "negative", label: string) => (
    <Textarea
      size="xs"
      label={label}
      description={said.examplesHint}
      autosize
      minRows={2}
      maxRows={12}
      value={tag[field]}
      error={parsed[field]}
      disabled={disabled}
      onChange={(event) => change(place, { [field]: event.currentTarget.value })}
    />
  );
  return (
    <div className={styles.more}>
      <SegmentedControl
        size="xs"
        aria-label={said.asks}
        value={tag.asks}
        disabled={disabled}
        data={[
          { value: "description", label: said.asksAs.description },
          { value: "question", label: said.asksAs.question },
        ]}
        onChange={(value) => change(place, { asks: value })}
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm" verticalSpacing="xs" mt="xs">
        {examples("positive", said.positive)}
        {examples("negative", said.negative)}
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm" verticalSpacing="xs" mt="xs">
        {text("max_gap", said.maxGap, said.maxGapHint)}
        {text("min_length", said.minLength, said.minLengthHint)}
        {text("required_length", said.requiredLength, said.requiredLengthHint)}
        {text("renamed", said.renamed, said.renamedHint)}
        {text("category", said.category, said.categoryHint)}
        <NumberInput
          size="xs"
          label={said.imageThreshold}
          description={said.imageThresholdHint}
          value={tag.image_threshold}
          error={parsed.image_threshold}
          disabled={disabled}
          min={0}
          max={1}
          step={0.05}
          clampBehavior="none"
          onChange={(value) =>
            change(place, { image_threshold: value === "" ? "" : Number(value) })
          }
        />
      </SimpleGrid>
    </div>
  );
}
