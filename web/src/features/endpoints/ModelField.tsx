/** The name of a model, from those that the endpoint says it has. */
import { Autocomplete, type AutocompleteProps, Loader, Text } from "@mantine/core";
import { useState } from "react";

import { words } from "@/strings";

import { type Endpoint, offered, sameServer } from "./model";
import { useModelsAt, useModelsOf } from "./queries";

const said = words.endpoints.models;

interface ModelFieldProps extends Omit<AutocompleteProps, "data" | "filter"> {
  /** One that is set up already, */
  endpoint: Endpoint | undefined;
  /** and where it is to be, which may be elsewhere. */
  url: string | null;
  value: string;
  onChange: (value: string) => void;
}

export function ModelField({ endpoint, url, ...field }: ModelFieldProps) {
  // Nobody is asked for models before somebody wants to choose one.
  const [wanted, setWanted] = useState(false);
  const stays = endpoint && (endpoint.url === null || sameServer(endpoint.url, url));
  const own = useModelsOf(stays ? endpoint.name : null, wanted);
  const found = useModelsAt(url, wanted && !stays);
  const problem = wanted && stays ? (own.data?.problem ?? own.error?.message ?? "") : "";
  const names = offered(stays ? own.data?.items : found);
  return (
    <div style={{ flex: 1 }}>
      <Autocomplete
        {...field}
        data={names}
        // The name that stands there does not hide the others that it could be.
        filter={({ options, search }) =>
          options.filter(
            (option) =>
              names.includes(search) ||
              ("value" in option &&
                option.value.toLowerCase().includes(search.toLowerCase().trim())),
          )
        }
        onFocus={() => setWanted(true)}
        rightSection={own.isFetching ? <Loader size={16} aria-label={said.looking} /> : null}
        spellCheck={false}
      />
      <Text size="xs" c="var(--warn)" role="status" mt={problem ? 4 : 0}>
        {problem}
      </Text>
    </div>
  );
}
