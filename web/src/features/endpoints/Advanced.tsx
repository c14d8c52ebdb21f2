import { Checkbox, NumberInput, Select, SimpleGrid, TextInput } from "@mantine/core";

import { words } from "@/strings";

import type { Bound } from "./EndpointForm";
import type { Values } from "./form";
import { kindOf } from "./model";

const said = words.endpoints.form;

type NumberField = {
  [K in keyof Values]: Values[K] extends number | "" ? K : never;
}[keyof Values];

/** What few people change of an endpoint. */
export function Advanced(props: {
  values: Values;
  set: <K extends keyof Values>(field: K, value: Values[K]) => void;
  bind: (field: string, hint?: string) => Bound;
}) {
  const { values, set, bind } = props;
  const isOllama = (values.kind || kindOf(values.url)) === "ollama";
  const number = (field: NumberField, label: string, hint?: string, step = 1) => (
    <NumberInput
      label={label}
      value={values[field]}
      onChange={(value) => set(field, value === "" ? "" : Number(value))}
      step={step}
      min={0}
      {...bind(field, hint)}
    />
  );
  const options = <V extends string>(names: Readonly<Record<V, string>>) =>
    (Object.entries(names) as [V, string][]).map(([value, label]) => ({ value, label }));
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm" verticalSpacing="sm" pb={4}>
      <div>
        <NumberInput
          label={said.slots}
          value={values.learn ? "" : values.slots}
          onChange={(value) => set("slots", value === "" ? "" : Number(value))}
          min={1}
          max={1024}
          {...bind("slots")}
          disabled={values.learn || bind("slots").disabled}
        />
        <Checkbox
          mt={6}
          size="xs"
          label={said.slotsLearn}
          checked={values.learn}
          disabled={bind("slots").disabled}
          onChange={(event) => set("learn", event.currentTarget.checked)}
        />
      </div>
      {number("weight", said.weight, said.weightHint, 0.1)}
      <Select
        label={said.use}
        data={options(said.uses)}
        value={values.use}
        onChange={(value) => value && set("use", value)}
        allowDeselect={false}
        {...bind("use")}
      />
      <Select
        label={said.role}
        data={options(said.roles)}
        value={values.role}
        onChange={(value) => value && set("role", value)}
        allowDeselect={false}
        {...bind("role")}
      />
      <Select
        label={said.reach}
        data={[{ value: "" as const, label: said.reachAuto }, ...options(said.reaches)]}
        value={values.reach}
        onChange={(value) => set("reach", value ?? "")}
        allowDeselect={false}
        {...bind("reach")}
      />
      {number("timeout_s", said.timeout)}
      {number("price_in", said.priceIn, undefined, 0.01)}
      {number("price_out", said.priceOut, undefined, 0.01)}
      {number("longest_side", said.side, said.sideHint, 32)}
      {number("jpeg_max_bytes", said.bytes, said.bytesHint, 10_000)}
      {number("jpeg_quality", said.quality)}
      {isOllama ? (
        <>
          <TextInput
            label={said.keepAlive}
            value={values.keep_alive}
            onChange={(event) => set("keep_alive", event.currentTarget.value)}
            {...bind("keep_alive", said.keepAliveHint)}
          />
          {number("context", said.context, said.asGiven, 512)}
        </>
      ) : null}
      <Checkbox
        label={said.trusted}
        checked={values.trusted}
        disabled={bind("trusted").disabled}
        onChange={(event) => set("trusted", event.currentTarget.checked)}
        style={{ alignSelf: "end" }}
      />
    </SimpleGrid>
  );
}
