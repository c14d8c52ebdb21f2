import { Button, Skeleton, Text } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Suspense, useCallback, useMemo, useState } from "react";

import { later } from "@/api/parts";
import type { LibrarySearch } from "@/app/addresses";
import { words } from "@/strings";
import { Failure } from "@/ui/Failure";
import { Notice } from "@/ui/Notice";
import { useTitle } from "@/ui/Page";
import { useLate } from "@/ui/useLate";

import { EmptyLibrary } from "./EmptyLibrary";
import { cleared, filterOf, searched } from "./filter";
import type { View } from "./layout";
import styles from "./LibraryPage.module.css";
import { type Listing, useListing } from "./listing";
import { NewsButton } from "./NewsButton";
import { Shelf, type ToTop } from "./Shelf";
import { NOTHING, type Selection } from "./selection";
import { SelectionBar } from "./SelectionBar";
import { Chips, Toolbar } from "./Toolbar";
import { useKeys } from "./useKeys";
import { useSelection } from "./useSelection";

const RunDialog = later(() => import("@/features/rundialog/RunDialog"));
const EraseDialog = later(() => import("./EraseDialog"));
const KeysDialog = later(() => import("./KeysDialog"));

type Open = { kind: "run"; media: Selection } | { kind: "erase" } | { kind: "keys" } | null;

export function LibraryPage() {
  useTitle(words.library.title);
  const search = useSearch({ from: "/" });
  const navigate = useNavigate({ from: "/" });
  const [kept, setKept] = useLocalStorage<View>({
    key: "sightline-view",
    defaultValue: "grid",
    getInitialValueInEffect: false,
  });
  const view: View = search.view === "list" || search.view === "grid" ? search.view : kept;
  const meant = JSON.stringify(filterOf(search));
  const filter = useMemo(() => JSON.parse(meant) as ReturnType<typeof filterOf>, [meant]);
  const [open, setOpen] = useState<Open>(null);
  const [atWork, setAtWork] = useState(false);
  const [top, setTop] = useState<ToTop | null>(null);
  const selected = useState(NOTHING);
  const held = atWork || selected[0].size > 0 || open !== null;
  const listing = useListing(filter, held);
  const ready = listing.kind === "ready" ? listing : null;
  const selecting = useSelection(selected, ready?.shown.filter ?? filter, ready?.total ?? 0);
  const [trouble, setTrouble] = useState<{ retry: () => void } | null>(null);
  const { all, clear } = selecting;
  useKeys(ready !== null && open === null, { all, clear, keys: () => setOpen({ kind: "keys" }) });

  const change = (next: LibrarySearch) => void navigate({ search: next });
  const find = useCallback(
    (q: string) =>
      void navigate({
        search: searched(search, q),
        // One step back leaves the search, however many letters it has.
        replace: Boolean(search.q),
      }),
    [navigate, search],
  );
  const close = () => setOpen(null);

  return (
    <div className={styles.page}>
      <Toolbar
        search={search}
        filter={filter}
        view={view}
        onChange={change}
        onSearch={find}
        onView={(next) => {
          setKept(next);
          void navigate({ search: { ...search, view: next }, replace: true });
        }}
      />
      <div className={styles.state}>
        <Text size="sm" c="dimmed" role="status">
          {counted(listing)}
        </Text>
        <Chips search={search} filter={filter} onChange={change} />
        {trouble ? (
          <Text size="sm" c="var(--warn)" role="status">
            {words.library.partFailed}{" "}
            <Button size="compact-xs" variant="default" onClick={trouble.retry}>
              {words.common.retry}
            </Button>
          </Text>
        ) : null}
      </div>
      <NewsButton
        view={view}
        many={ready?.news.many ?? 0}
        onShow={(focus) => {
          ready?.news.show();
          setTop({ focus });
        }}
      />
      {ready ? (
        <Shelf
          key={view}
          shown={ready.shown}
          total={ready.total}
          view={view}
          selection={selecting.selection}
          onSelect={selecting.select}
          onAnalyze={(item) => {
            const { selection } = selecting;
            const media = selection.size ? selection : new Map([[item.id, item.title]]);
            setOpen({ kind: "run", media });
          }}
          onSort={(sort) => change({ ...search, sort })}
          onTrouble={setTrouble}
          top={top}
          onWork={setAtWork}
        />
      ) : (
        <Instead listing={listing} onClear={() => change(cleared(search))} />
      )}
      {selecting.selection.size ? (
        <SelectionBar
          selection={selecting.selection}
          total={ready?.total ?? 0}
          onAnalyze={() => setOpen({ kind: "run", media: selecting.selection })}
          onErase={() => setOpen({ kind: "erase" })}
          onAll={selecting.all}
          onClear={selecting.clear}
        />
      ) : null}
      <Suspense fallback={null}>
        {open?.kind === "run" ? (
          <RunDialog
            media={[...open.media.keys()]}
            titles={[...open.media.values()]}
            close={close}
          />
        ) : null}
        {open?.kind === "erase" ? (
          <EraseDialog selection={selecting.selection} onErased={selecting.drop} close={close} />
        ) : null}
        {open?.kind === "keys" ? <KeysDialog close={close} /> : null}
      </Suspense>
    </div>
  );
}

function counted(listing: Listing): string {
  if (listing.kind === "ready") return words.library.count(listing.total, listing.all);
  return listing.kind === "noMatch" ? words.library.count(0, listing.all) : "";
}

/** What is shown where there are no media to show. */
function Instead(props: { listing: Listing; onClear: () => void }) {
  const { listing } = props;
  const late = useLate(listing.kind === "loading");
  switch (listing.kind) {
    case "failed":
      return <Failure error={listing.error} retry={listing.retry} />;
    case "empty":
      return <EmptyLibrary />;
    case "noMatch":
      return (
        <Notice
          title={words.library.noMatch.title}
          {...(listing.all === undefined ? {} : { text: words.library.noMatch.text(listing.all) })}
        >
          <Button variant="default" onClick={props.onClear}>
            {words.library.noMatch.clear}
          </Button>
        </Notice>
      );
    case "loading":
    case "ready":
      return (
        <div
          className={styles.ghosts}
          role="status"
          aria-busy="true"
          aria-label={words.library.loading}
        >
          {late ? Array.from({ length: 12 }, (_, place) => <Skeleton key={place} h={190} />) : null}
        </div>
      );
  }
}
