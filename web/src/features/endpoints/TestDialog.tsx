/** One known question to an endpoint: what was asked, what it said, whether that is right. */
import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";

import { words } from "@/strings";
import { Failure } from "@/ui/Failure";

import { type Endpoint, latency } from "./model";
import { ModelField } from "./ModelField";
import { useTest } from "./queries";
import styles from "./TestDialog.module.css";

const said = words.endpoints.test;

export function TestDialog({ endpoint, close }: { endpoint: Endpoint; close: () => void }) {
  const test = useTest(endpoint.name);
  const [model, setModel] = useState(endpoint.model ?? "");
  const { mutate } = test;
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    mutate(null);
  }, [mutate]);
  return (
    <Modal
      opened
      onClose={close}
      title={said.title(endpoint.name)}
      closeButtonProps={{ "aria-label": words.common.close }}
    >
      <Stack gap="sm">
        <div className={styles.outcome} aria-live="polite">
          <Outcome test={test} />
        </div>
        <Group align="flex-end" gap="sm">
          <ModelField
            endpoint={endpoint}
            url={endpoint.url}
            label={said.model}
            value={model}
            onChange={setModel}
            size="sm"
          />
          <Button loading={test.isPending} onClick={() => mutate(model.trim() || null)}>
            {said.again}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Outcome({ test }: { test: ReturnType<typeof useTest> }) {
  if (test.isError) return <Failure error={test.error} />;
  if (!test.data) {
    return (
      <Text size="sm" c="dimmed">
        {said.asking}
      </Text>
    );
  }
  const { problem, question, said: reply, right, latency_s: took } = test.data;
  if (problem) {
    return (
      <Alert color="red" variant="light" title={said.failed}>
        {problem}
      </Alert>
    );
  }
  const verdict = right === null ? "unsure" : right ? "right" : "wrong";
  return (
    <dl className={styles.facts}>
      <dt>{said.asked}</dt>
      <dd>{question}</dd>
      <dt>{said.said}</dt>
      <dd>{reply || said.nothing}</dd>
      <dd className={styles.verdict} data-verdict={verdict}>
        {said.verdict[verdict]}
        {typeof took === "number" ? `, ${said.took(latency(took))}` : ""}
      </dd>
    </dl>
  );
}
