import { Button } from "@mantine/core";
import { IconArrowUp } from "@tabler/icons-react";

import { words } from "@/strings";

import type { View } from "./layout";
import styles from "./LibraryPage.module.css";

const said = words.library.news;

/** So many were added while one was at work in the list: they wait behind it. */
export function NewsButton(props: {
  many: number;
  view: View;
  /** By the keyboard, which then goes on in the list: the button is gone. */
  onShow: (byKey: boolean) => void;
}) {
  const { many, view, onShow } = props;
  return (
    <div role="status" className={styles.news} data-view={view}>
      {many ? (
        <Button
          variant="default"
          size="xs"
          radius="xl"
          title={said.show}
          leftSection={<IconArrowUp size={14} aria-hidden />}
          onClick={(event) => onShow(event.detail === 0)}
        >
          {said.count(many)}
        </Button>
      ) : null}
    </div>
  );
}
