/** All endpoints: a card each, what they do just now, and ways to get more. */
import { Button, Skeleton, Text } from "@mantine/core";
import { IconPlus, IconSearch, IconServer2 } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { useScope } from "@/api/session";
import { words } from "@/strings";
import { Failure } from "@/ui/Failure";
import { Page } from "@/ui/Page";
import { useLate } from "@/ui/useLate";

import { EndpointCard } from "./EndpointCard";
import { EndpointForm } from "./EndpointForm";
import styles from "./EndpointsPage.module.css";
import { FindServers } from "./FindServers";
import { NoEndpoints } from "./NoEndpoints";
import { useActivity, useEndpoints } from "./queries";

const said = words.endpoints;

export function EndpointsPage() {
  const [adding, setAdding] = useState(false);
  const [finding, setFinding] = useState(false);
  const { isAdmin, mayOperate } = useScope();
  const endpoints = useEndpoints();
  const items = endpoints.data?.items;
  const own = items ?? [];
  const taken = own.map(({ name }) => name);
  const add = (
    <Button
      size="sm"
      disabled={!isAdmin}
      leftSection={<IconPlus size={16} aria-hidden />}
      onClick={() => setAdding(true)}
    >
      {said.add}
    </Button>
  );
  return (
    <Page
      title={said.title}
      actions={
        <>
          {own.length ? (
            <Button
              size="sm"
              variant="default"
              disabled={!isAdmin}
              aria-expanded={finding}
              leftSection={<IconSearch size={16} aria-hidden />}
              onClick={() => setFinding(!finding)}
            >
              {said.find}
            </Button>
          ) : null}
          {add}
        </>
      }
    >
      {finding && own.length ? (
        <div className={styles.finding}>
          <FindServers endpoints={own} atOnce heading="h2" />
        </div>
      ) : null}
      <Content
        endpoints={endpoints}
        isAdmin={isAdmin}
        mayOperate={mayOperate}
        icon={<IconServer2 size={40} stroke={1.2} aria-hidden />}
      />
      {adding ? <EndpointForm taken={taken} close={() => setAdding(false)} /> : null}
    </Page>
  );
}

function Content(props: {
  endpoints: ReturnType<typeof useEndpoints>;
  isAdmin: boolean;
  mayOperate: boolean;
  icon: React.ReactNode;
}) {
  const { endpoints, isAdmin, mayOperate } = props;
  const items = endpoints.data?.items ?? [];
  const activity = useActivity(items.length > 0);
  const late = useLate(endpoints.isPending);
  if (endpoints.isError && !endpoints.data) {
    return <Failure error={endpoints.error} retry={() => void endpoints.refetch()} />;
  }
  if (!endpoints.data) {
    return late ? (
      <div className={styles.cards} role="status" aria-busy aria-label={words.common.loading}>
        {[0, 1, 2].map((place) => (
          <Skeleton key={place} h={260} />
        ))}
      </div>
    ) : null;
  }
  if (!items.length) return <NoEndpoints isAdmin={isAdmin} icon={props.icon} />;
  const elsewhere = activity.data?.here === false;
  return (
    <>
      <Text size="sm" c="dimmed" mb="sm" className={styles.note ?? ""}>
        {said.egress[endpoints.data.egress]}{" "}
        {isAdmin ? (
          <Link to="/settings">{said.egress.change}</Link>
        ) : mayOperate ? (
          said.needs.admin
        ) : (
          said.needs.operate
        )}
      </Text>
      <div className={styles.cards}>
        {items.map((endpoint) => (
          <EndpointCard
            key={endpoint.name}
            endpoint={endpoint}
            activity={activity.data?.items.find(({ name }) => name === endpoint.name)}
            unseen={elsewhere ? said.strip.elsewhere : said.strip.unseen}
            isAdmin={isAdmin}
            mayOperate={mayOperate}
            taken={items.map(({ name }) => name)}
          />
        ))}
      </div>
    </>
  );
}
