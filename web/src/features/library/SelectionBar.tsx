import { Button, CloseButton, Text } from "@mantine/core";
import { IconDownload, IconPlayerPlay, IconTrash } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";

import { answer, api } from "@/api/client";
import { words } from "@/strings";
import { failed } from "@/ui/toast";

import styles from "./LibraryPage.module.css";
import type { Selection } from "./selection";

const said = words.library.selection;
const MOST_EXPORTED = 1000;

/** What can be done with all that is selected; it lies above the list and moves nothing. */
export function SelectionBar(props: {
  selection: Selection;
  total: number;
  onAnalyze: () => void;
  onErase: () => void;
  onAll: () => void;
  onClear: () => void;
}) {
  const many = props.selection.size;
  const exporting = useMutation({ mutationFn: exported, onError: failed });
  return (
    <div className={styles.bar} role="toolbar" aria-label={said.label}>
      <Text size="sm" fw={500} aria-live="polite" className={styles.many ?? ""}>
        {said.count(many)}
      </Text>
      <Button
        size="xs"
        leftSection={<IconPlayerPlay size={14} aria-hidden />}
        onClick={props.onAnalyze}
      >
        {said.analyze(many)}
      </Button>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconDownload size={14} aria-hidden />}
        loading={exporting.isPending}
        onClick={() => {
          if (many > MOST_EXPORTED) failed(said.tooMany(MOST_EXPORTED));
          else exporting.mutate([...props.selection.keys()]);
        }}
      >
        {said.export}
      </Button>
      <Button
        size="xs"
        variant="default"
        c="var(--bad)"
        leftSection={<IconTrash size={14} aria-hidden />}
        onClick={props.onErase}
      >
        {said.erase}
      </Button>
      {many < props.total ? (
        <Button size="xs" variant="subtle" color="gray" onClick={props.onAll}>
          {said.all}
        </Button>
      ) : null}
      <CloseButton size="md" aria-label={said.clear} title={said.clear} onClick={props.onClear} />
    </div>
  );
}

async function exported(media: string[]): Promise<void> {
  const blob = await answer(api.POST("/api/v1/media/export", { body: { media }, parseAs: "blob" }));
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = said.file;
  link.click();
  // The download has begun by then; what is not given back stays in memory.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
