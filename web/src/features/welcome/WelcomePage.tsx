/** The first steps: a model or pixels, something to look at, the first run. */
import { Skeleton, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { useScope } from "@/api/session";
import { useEndpoints } from "@/features/endpoints/queries";
import { words } from "@/strings";
import { Failure } from "@/ui/Failure";
import { Page } from "@/ui/Page";
import { useLate } from "@/ui/useLate";

import { MediaStep } from "./MediaStep";
import { ModelOutcome, ModelStep } from "./ModelStep";
import { useAnyRuns, useNewest } from "./queries";
import { RunStep } from "./RunStep";
import { Step } from "./Step";
import { isWithoutModel, keepWithoutModel, stepsOf } from "./steps";
import styles from "./WelcomePage.module.css";

const said = words.welcome;

export function WelcomePage() {
  const endpoints = useEndpoints();
  const media = useNewest();
  const runs = useAnyRuns();
  const all = [endpoints, media, runs];
  const broken = all.find((one) => one.isError && !one.data);
  const late = useLate(all.some((one) => one.isPending));
  return (
    <Page title={said.title}>
      {broken?.error ? (
        <Failure error={broken.error} retry={() => all.forEach((one) => void one.refetch())} />
      ) : endpoints.data && media.data && runs.data ? (
        <Steps
          endpoints={endpoints.data.items}
          media={media.data}
          runs={runs.data.total}
          newestRun={runs.data.items[0]?.id}
        />
      ) : late ? (
        <div className={styles.page} role="status" aria-busy aria-label={words.common.loading}>
          {[0, 1, 2].map((place) => (
            <Skeleton key={place} h={place ? 70 : 220} mb="md" />
          ))}
        </div>
      ) : null}
    </Page>
  );
}

function Steps(props: {
  endpoints: NonNullable<ReturnType<typeof useEndpoints>["data"]>["items"];
  media: NonNullable<ReturnType<typeof useNewest>["data"]>;
  runs: number;
  newestRun: string | undefined;
}) {
  const { endpoints, media, runs, newestRun } = props;
  const { isAdmin, mayOperate } = useScope();
  const [withoutModel, setWithoutModel] = useState(isWithoutModel);
  const steps = stepsOf({
    endpoints: endpoints.length,
    withoutModel,
    media: media.total,
    runs,
  });
  const goWithout = () => {
    keepWithoutModel();
    setWithoutModel(true);
  };
  return (
    <div className={styles.page}>
      <Text c="dimmed">{said.intro}</Text>
      <ol className={styles.steps}>
        <Step
          place={1}
          title={said.model.title}
          state={steps.model}
          outcome={<ModelOutcome endpoints={endpoints} />}
        >
          <ModelStep
            endpoints={endpoints}
            isAdmin={isAdmin}
            withoutModel={withoutModel}
            goWithout={goWithout}
          />
        </Step>
        <Step
          place={2}
          title={said.media.title}
          state={steps.media}
          outcome={said.media.there(media.total)}
        >
          <MediaStep mayOperate={mayOperate} />
        </Step>
        <Step
          place={3}
          title={said.run.title}
          state={steps.run}
          outcome={
            <>
              {said.run.there(runs)}{" "}
              {newestRun ? (
                <Link to="/runs/$run" params={{ run: newestRun }}>
                  {said.run.toRun}
                </Link>
              ) : null}
            </>
          }
        >
          <RunStep media={media.items} hasModel={endpoints.length > 0} mayOperate={mayOperate} />
        </Step>
      </ol>
      {Object.values(steps).every((state) => state === "done") ? (
        <div className={styles.finished}>
          <Text size="sm">{said.finished.text}</Text>
          <Link to="/">{said.finished.go}</Link>
        </div>
      ) : null}
    </div>
  );
}
