import { Button, Group } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";

import { adding } from "@/features/upload/adding";
import { useSample } from "@/features/upload/useSample";
import { words } from "@/strings";
import { Notice } from "@/ui/Notice";

import styles from "./LibraryPage.module.css";

const said = words.library.empty;

/** What is shown before anything was added: every way to begin. */
export function EmptyLibrary() {
  const navigate = useNavigate();
  const sample = useSample(({ id }) => void navigate({ to: "/media/$id", params: { id } }));
  return (
    <div className={styles.zone}>
      <Notice
        title={said.title}
        text={said.text}
        icon={<IconUpload size={40} stroke={1.2} aria-hidden />}
      >
        <Group justify="center" gap="xs" mt="xs">
          <Button onClick={() => adding.ask("files")}>{said.upload}</Button>
          <Button variant="default" onClick={() => adding.ask("scan")}>
            {said.scan}
          </Button>
          <Button variant="default" loading={sample.isPending} onClick={() => sample.mutate()}>
            {said.sample}
          </Button>
        </Group>
        <Link to="/welcome" className={styles.way}>
          {said.welcome}
        </Link>
      </Notice>
    </div>
  );
}
