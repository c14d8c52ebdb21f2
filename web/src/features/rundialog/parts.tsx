/** What each part of the sentence can be. */
import {
  Anchor,
  Autocomplete,
  Checkbox,
  NativeSelect,
  Radio,
  Stack,
  Text,
  Textarea,
} from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { answer, api } from "@/api/client";
import { useKnownEndpoints } from "@/api/endpoints";
import { keys } from "@/api/keys";
import { words } from "@/strings";

import { type Draft, type Field, modelsOf, PASSES, withPass } from "./draft";
import { TagsField } from "./TagsField";

const say = words.run;

export interface PartProps {
  draft: Draft;
  wrong: Partial<Record<Field, string>>;
  change: (draft: Draft) => void;
}

const MOST_SETS = 500;

export function FindPart({ draft, wrong, change }: PartProps) {
  const sets = useQuery({
    queryKey: [...keys.tagSets, "names"],
    queryFn: () => answer(api.GET("/api/v1/tag-sets", { params: { query: { limit: MOST_SETS } } })),
  });
  const names = sets.data?.items.map((one) => one.name) ?? [];
  const listed = draft.tagSet && !names.includes(draft.tagSet) ? [draft.tagSet, ...names] : names;
  return (
    <Stack gap="sm">
      <TagsField draft={draft} {...(wrong.tags ? { error: wrong.tags } : {})} change={change} />
      <NativeSelect
        label={say.tagSet}
        size="sm"
        value={draft.tagSet ?? ""}
        data={[{ value: "", label: say.noTagSet }, ...listed]}
        description={sets.data && names.length === 0 ? say.noTagSets : undefined}
        error={wrong.tagSet ?? (sets.error ? say.tagSetsFailed : undefined)}
        onChange={(event) => change({ ...draft, tagSet: event.currentTarget.value || null })}
      />
      <Checkbox
        label={say.describe}
        description={say.describeHint}
        checked={draft.describe}
        onChange={(event) => change({ ...draft, describe: event.currentTarget.checked })}
      />
      <Textarea
        label={say.ask}
        placeholder={say.askPlaceholder}
        autosize
        minRows={1}
        maxRows={6}
        maxLength={20_000}
        value={draft.ask}
        error={wrong.ask}
        onChange={(event) => change({ ...draft, ask: event.currentTarget.value })}
      />
    </Stack>
  );
}

export function MediaPart({ titles }: { titles: readonly string[] }) {
  return (
    <Text component="div" fz="sm" mah={260} style={{ overflow: "auto" }} tabIndex={0}>
      <ul style={{ margin: 0, paddingLeft: "1.1rem" }}>
        {titles.map((title, place) => (
          <li key={place}>{title}</li>
        ))}
      </ul>
    </Text>
  );
}

export function PassPart({ draft, change }: PartProps) {
  return (
    <Radio.Group
      label={say.part.pass}
      value={draft.pass}
      onChange={(pass) => change(withPass(draft, pass))}
    >
      <Stack gap="xs" mt="xs">
        {PASSES.map((pass) => (
          <Radio key={pass} value={pass} label={say.passes[pass]} />
        ))}
      </Stack>
    </Radio.Group>
  );
}

const PRECISIONS = ["1s", "0.5s", "0.1s"];

export function PrecisionPart({ draft, wrong, change }: PartProps) {
  const usual = ["", "frame", ...PRECISIONS].includes(draft.precision);
  const long = (text: string) =>
    text === ""
      ? say.precisionsLong.sampled
      : text === "frame"
        ? say.precisionsLong.frame
        : say.precisionsLong.seconds(text.replace(/s$/, " s"));
  return (
    <Radio.Group
      label={say.part.precision}
      error={wrong.precision}
      value={draft.precision}
      onChange={(precision) => change({ ...draft, precision })}
    >
      <Stack gap="xs" mt="xs">
        {["", ...PRECISIONS, "frame", ...(usual ? [] : [draft.precision])].map((text) => (
          <Radio key={text} value={text} label={long(text)} />
        ))}
      </Stack>
    </Radio.Group>
  );
}

export function EndpointsPart({ draft, wrong, change, close }: PartProps & { close: () => void }) {
  const found = useKnownEndpoints();
  const all = found.data?.items ?? [];
  return (
    <Stack gap="sm">
      <Checkbox.Group
        label={say.part.endpoints}
        description={say.allEndpointsHint}
        error={wrong.endpoints ?? (found.error ? say.endpointsFailed : undefined)}
        value={draft.endpoints}
        onChange={(endpoints) => change({ ...draft, endpoints })}
      >
        <Stack gap="xs" mt="xs">
          {all.map((one) => (
            <Checkbox
              key={one.name}
              value={one.name}
              label={one.name}
              description={one.model ?? one.kind}
            />
          ))}
        </Stack>
      </Checkbox.Group>
      {found.data && all.length === 0 ? (
        <Text fz="sm">
          {say.noEndpoints}{" "}
          <Anchor component={Link} to="/endpoints" onClick={close}>
            {say.addEndpoint}
          </Anchor>
        </Text>
      ) : null}
      <Autocomplete
        label={say.model}
        placeholder={say.anyModel}
        data={modelsOf(all, draft.endpoints)}
        comboboxProps={{ withinPortal: false }}
        value={draft.model}
        onChange={(model) => change({ ...draft, model: model.trim() })}
      />
    </Stack>
  );
}
