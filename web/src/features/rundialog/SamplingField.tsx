/** Which frames are asked about first, when neither fast nor deep is meant. */
import { Fieldset, NativeSelect, NumberInput, SimpleGrid, TextInput } from "@mantine/core";

import { words } from "@/strings";

import { type Draft, SAMPLINGS } from "./draft";
import type { PartProps } from "./parts";

const say = words.run;

export function SamplingField({ draft, wrong, change }: PartProps) {
  const own = draft.pass === "own";
  const set = (more: Partial<Draft>) => change({ ...draft, pass: "own", ...more });
  return (
    <Fieldset legend={say.sampling.label}>
      <SimpleGrid cols={1} spacing="xs">
        <NativeSelect
          size="xs"
          aria-label={say.sampling.label}
          value={own ? draft.sampling : draft.pass}
          data={[
            { value: "fast", label: say.passes.fast },
            { value: "deep", label: say.passes.deep },
            ...SAMPLINGS.map((value) => ({ value, label: say.sampling.kinds[value] })),
          ]}
          onChange={(event) => {
            const { value } = event.currentTarget;
            if (value === "fast" || value === "deep") change({ ...draft, pass: value });
            const sampling = SAMPLINGS.find((kind) => kind === value);
            if (sampling) set({ sampling });
          }}
        />
        {own ? <Amount draft={draft} wrong={wrong} set={set} /> : null}
      </SimpleGrid>
    </Fieldset>
  );
}

function Amount(props: {
  draft: Draft;
  wrong: PartProps["wrong"];
  set: (more: Partial<Draft>) => void;
}) {
  const { draft, wrong, set } = props;
  switch (draft.sampling) {
    case "every":
      return (
        <TextInput
          size="xs"
          label={say.sampling.every}
          value={draft.every}
          error={wrong.every}
          onChange={(event) => set({ every: event.currentTarget.value })}
        />
      );
    case "at":
      return (
        <TextInput
          size="xs"
          label={say.sampling.at}
          placeholder={say.sampling.atPlaceholder}
          value={draft.at}
          error={wrong.at}
          onChange={(event) => set({ at: event.currentTarget.value })}
        />
      );
    case "frames":
    case "motion": {
      const field = draft.sampling;
      return (
        <NumberInput
          size="xs"
          label={say.sampling[field]}
          min={1}
          max={1_000_000}
          allowDecimal={false}
          value={draft[field]}
          onChange={(value) => {
            if (typeof value === "number" && value >= 1) set({ [field]: value });
          }}
        />
      );
    }
    default:
      return null;
  }
}
