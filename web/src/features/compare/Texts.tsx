/** What each run wrote about the same frames, side by side. */
import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { timecode } from "@/lib/time";
import { words } from "@/strings";

import styles from "./compare.module.css";
import { Picture } from "./Differences";
import type { Pair, Said } from "./model";

const say = words.compare;
const AT_ONCE = 10;

export function Texts({ media, pairs }: { media: string; pairs: readonly Pair[] }) {
  const [shown, setShown] = useState(AT_ONCE);
  if (pairs.length === 0) return null;
  return (
    <section className={styles.section}>
      <h2>{say.texts}</h2>
      <ul className={styles.texts}>
        {pairs.slice(0, shown).map((pair) => (
          <li key={pair.key} className={styles.textRow}>
            <div>
              <Picture
                media={media}
                seconds={pair.seconds}
                alt={say.frameAt(timecode(pair.seconds), pair.question)}
              />
              <Link
                to="/media/$id"
                params={{ id: media }}
                search={{ t: pair.seconds }}
                aria-label={say.open(timecode(pair.seconds))}
              >
                {timecode(pair.seconds)}
              </Link>
            </div>
            <Text side={say.side.a} said={pair.a} />
            <Text side={say.side.b} said={pair.b} />
          </li>
        ))}
      </ul>
      {pairs.length > shown ? (
        <Button size="xs" variant="default" mt="sm" onClick={() => setShown(shown + AT_ONCE)}>
          {say.more(pairs.length - shown)}
        </Button>
      ) : null}
    </section>
  );
}

function Text({ side, said }: { side: string; said: Said | null }) {
  return (
    <div className={styles.side}>
      <span className={styles.letter}>{side}</span>
      {said?.text !== null && said?.text !== undefined ? (
        <div className={styles.prose}>{said.text}</div>
      ) : (
        <div className={styles.notAsked}>{said ? why(said) : say.notAsked}</div>
      )}
    </div>
  );
}

/** Why there is no text; in words, and never as if it were one. */
function why({ first }: Said): string {
  const reason = first.unknown ? words.common.unknown[first.unknown] : "";
  return [reason, first.detail].filter(Boolean).join(": ");
}
