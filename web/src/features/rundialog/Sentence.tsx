/** The sentence that builds itself: each part of it is a button. */
import { Fragment, type ReactNode } from "react";

import { words } from "@/strings";

import { type Draft, finds, tagName } from "./draft";
import { Part, type PartName } from "./Part";
import {
  EndpointsPart,
  FindPart,
  MediaPart,
  type PartProps,
  PassPart,
  PrecisionPart,
} from "./parts";
import styles from "./RunDialog.module.css";

const say = words.run;

export function Sentence(
  props: PartProps & {
    media: readonly string[];
    titles: readonly string[];
    open: PartName | null;
    onOpen: (part: PartName | null) => void;
    close: () => void;
  },
) {
  const { draft, wrong, open, onOpen } = props;
  const parts: readonly (readonly [string, ReactNode])[] = [
    [
      say.find,
      <Part
        key="find"
        name="find"
        label={say.part.find}
        shown={found(draft)}
        open={open}
        onOpen={onOpen}
        wrong={Boolean(wrong.tags ?? wrong.tagSet ?? wrong.ask)}
        width={360}
      >
        <FindPart {...props} />
      </Part>,
    ],
    [
      say.in,
      <Part
        key="media"
        name="media"
        label={say.part.media}
        shown={say.inMedia(props.titles, props.media.length)}
        open={open}
        onOpen={onOpen}
      >
        <MediaPart titles={props.titles} />
      </Part>,
    ],
    [
      say.with,
      <Part
        key="pass"
        name="pass"
        label={say.part.pass}
        shown={say.fastOrDeep[draft.pass]}
        open={open}
        onOpen={onOpen}
        wrong={Boolean(wrong.every ?? wrong.at)}
      >
        <PassPart {...props} />
      </Part>,
    ],
    [
      say.to,
      finds(draft) ? (
        <Part
          key="precision"
          name="precision"
          label={say.part.precision}
          shown={precision(draft.precision)}
          open={open}
          onOpen={onOpen}
          wrong={Boolean(wrong.precision)}
        >
          <PrecisionPart {...props} />
        </Part>
      ) : null,
    ],
    [
      say.using,
      <Part
        key="endpoints"
        name="endpoints"
        label={say.part.endpoints}
        shown={endpoints(draft)}
        open={open}
        onOpen={onOpen}
        wrong={Boolean(wrong.endpoints)}
      >
        <EndpointsPart {...props} />
      </Part>,
    ],
  ];
  return (
    <p className={styles.sentence}>
      {parts.map(([word, part]) =>
        part ? (
          <Fragment key={word}>
            {word} {part}{" "}
          </Fragment>
        ) : null,
      )}
    </p>
  );
}

function found(draft: Draft): string {
  const all = [
    draft.tags.length ? say.tagsShort(draft.tags.map(tagName)) : "",
    draft.tagSet ? say.fromSet(draft.tagSet) : "",
    draft.describe ? say.describing : "",
    draft.ask.trim() ? say.asking(short(draft.ask.trim())) : "",
  ].filter(Boolean);
  if (all.length === 0) return say.nothing;
  const last = all.pop() ?? "";
  return all.length ? `${all.join(", ")} ${say.and} ${last}` : last;
}

function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function precision(text: string): string {
  if (text === "") return say.precisions.sampled;
  if (text === "frame") return say.precisions.frame;
  return say.precisions.seconds(text.replace(/s$/, " s"));
}

function endpoints(draft: Draft): string {
  if (draft.endpoints.length) return say.endpointsShort(draft.endpoints);
  return draft.model ? say.servingModel(draft.model) : say.allEndpoints;
}
