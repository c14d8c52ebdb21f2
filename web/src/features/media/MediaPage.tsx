import { Skeleton } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";

import { words } from "@/strings";
import { Failure } from "@/ui/Failure";
import { Notice } from "@/ui/Notice";
import { useTitle } from "@/ui/Page";
import { useLate } from "@/ui/useLate";

import { isGone, useMedia } from "./data";
import styles from "./Media.module.css";
import { MediaView } from "./MediaView";

const route = getRouteApi("/media/$id");

export function MediaPage() {
  const { id } = route.useParams();
  const search = route.useSearch();
  const media = useMedia(id);
  const late = useLate(media.isPending);
  useTitle(media.data?.title ?? "");
  if (media.data) {
    // Another media is another page: nothing of the one before is kept.
    return <MediaView key={media.data.id} media={media.data} from={search.t} run={search.run} />;
  }
  if (media.error && isGone(media.error)) {
    return (
      <Notice title={words.media.missing.title} text={words.media.missing.text}>
        <Link to="/">{words.media.missing.way}</Link>
      </Notice>
    );
  }
  if (media.error) return <Failure error={media.error} retry={() => void media.refetch()} />;
  return late ? <Loading /> : null;
}

function Loading() {
  return (
    <div className={styles.page} role="status" aria-label={words.common.loading}>
      <div className={styles.header}>
        <Skeleton height={20} width={240} />
      </div>
      <div className={styles.body}>
        <div className={styles.left}>
          <Skeleton height="100%" radius={0} />
        </div>
      </div>
    </div>
  );
}
