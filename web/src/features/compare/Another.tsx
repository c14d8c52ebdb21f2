/** The same questions once more, for somebody else to answer. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Suspense, useState } from "react";

import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { later } from "@/api/parts";
import { type Draft, draftOf } from "@/features/rundialog/draft";
import { words } from "@/strings";

const RunDialog = later(() => import("@/features/rundialog/RunDialog"));

export function Another({ media, run }: { media: string; run: string }) {
  const [open, setOpen] = useState(false);
  // A run of the command line is no run of the API: there is nothing to begin from.
  const of = useQuery({
    queryKey: keys.run(run),
    queryFn: () => answer(api.GET("/api/v1/runs/{run}", { params: { path: { run } } })),
    retry: false,
  });
  const about = useQuery({
    queryKey: keys.mediaOne(media),
    queryFn: () => answer(api.GET("/api/v1/media/{id}", { params: { path: { id: media } } })),
  });
  const spec = of.data?.spec;
  if (!spec) return null;
  const draft: Draft = { ...draftOf(spec), endpoints: [], model: "" };
  return (
    <>
      <Button variant="default" onClick={() => setOpen(true)}>
        {words.compare.another}
      </Button>
      {open ? (
        <Suspense fallback={null}>
          <RunDialog
            media={[media]}
            titles={about.data ? [about.data.title] : []}
            draft={draft}
            begin="endpoints"
            close={() => setOpen(false)}
          />
        </Suspense>
      ) : null}
    </>
  );
}
