/** Tokens of those who come from elsewhere: made, listed, revoked. */
import { Button, Group, Modal, Skeleton, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";

import { ago, moment } from "@/lib/time";
import { words } from "@/strings";
import { Failure } from "@/ui/Failure";
import { useLate } from "@/ui/useLate";

import { NewToken } from "./NewToken";
import { type Token, useRevoke, useTokens } from "./queries";
import styles from "./Tokens.module.css";

const said = words.system.tokens;

export function Tokens({ isAdmin }: { isAdmin: boolean }) {
  const tokens = useTokens(isAdmin);
  const late = useLate(isAdmin && tokens.isPending);
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<Token | null>(null);
  if (!isAdmin) {
    return (
      <Text size="sm" c="dimmed">
        {said.refused}
      </Text>
    );
  }
  return (
    <>
      <Group justify="space-between" mb="xs">
        <Text size="sm" c="dimmed">
          {said.text}
        </Text>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => setMaking(true)}
        >
          {said.make}
        </Button>
      </Group>
      {tokens.isError ? (
        <Failure error={tokens.error} retry={() => void tokens.refetch()} />
      ) : tokens.data ? (
        tokens.data.items.length ? (
          <ul className={styles.list}>
            {tokens.data.items.map((token) => (
              <Row key={token.id} token={token} revoke={() => setRevoking(token)} />
            ))}
          </ul>
        ) : (
          <Text size="sm">{said.none}</Text>
        )
      ) : late ? (
        <Skeleton h={60} />
      ) : null}
      {making ? <NewToken close={() => setMaking(false)} /> : null}
      {revoking ? <Revoke token={revoking} close={() => setRevoking(null)} /> : null}
    </>
  );
}

function Row({ token, revoke }: { token: Token; revoke: () => void }) {
  const ends = token.expires_at;
  const [shownAt] = useState(() => Date.now());
  const over = ends !== null && Date.parse(ends) < shownAt;
  return (
    <li>
      <span className={styles.name}>{token.name}</span>
      <span>{said.scopes[token.scope]}</span>
      <span>{said.made(ago(token.created_at))}</span>
      <span>{token.used_at ? said.used(ago(token.used_at)) : said.unused}</span>
      <span data-over={over || undefined}>
        {ends === null ? said.forEver : over ? said.ended(moment(ends)) : said.until(moment(ends))}
      </span>
      <Button
        size="compact-sm"
        variant="default"
        aria-label={said.revokeOf(token.name)}
        onClick={revoke}
      >
        {said.revoke}
      </Button>
    </li>
  );
}

function Revoke({ token, close }: { token: Token; close: () => void }) {
  const revoke = useRevoke(token);
  return (
    <Modal
      opened
      onClose={close}
      title={said.revokeTitle(token.name)}
      closeButtonProps={{ "aria-label": words.common.close }}
    >
      <Text size="sm">{said.revokeText}</Text>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={close}>
          {words.common.cancel}
        </Button>
        <Button
          color="red"
          loading={revoke.isPending}
          onClick={() => revoke.mutate(undefined, { onSuccess: close })}
        >
          {said.revoke}
        </Button>
      </Group>
    </Modal>
  );
}
