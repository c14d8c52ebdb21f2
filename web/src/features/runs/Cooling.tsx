/** Endpoints that are not asked just now though runs wait for them: why, and until when. */
import { useQuery } from "@tanstack/react-query";

import { answer, api, every } from "@/api/client";
import { keys } from "@/api/keys";
import { duration } from "@/lib/time";
import { words } from "@/strings";

import styles from "./runs.module.css";

const say = words.runs.cooling;
const EVERY_MS = 2000;

export function Cooling() {
  const query = useQuery({
    queryKey: [...keys.activity, "cooling"],
    queryFn: () => answer(api.GET("/api/v1/endpoints/activity")),
    refetchInterval: () => every(EVERY_MS),
    retry: false,
  });
  const away = (query.data?.items ?? []).filter((one) => one.state !== "asked" && one.why);
  if (away.length === 0) return null;
  return (
    <ul className={styles.cooling}>
      {away.map((one) => (
        <li key={`${one.name} ${one.model}`}>
          {say.why(one.name, one.why)}
          {one.resumes_in_s === null ? "" : ` ${say.again(duration(one.resumes_in_s))}`}
        </li>
      ))}
    </ul>
  );
}
