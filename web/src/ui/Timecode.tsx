import { Tooltip, UnstyledButton } from "@mantine/core";

import { timecode } from "@/lib/time";
import { words } from "@/strings";

import { useCopy } from "./useCopy";

/** A time that can be copied by a click. */
export function Timecode({ seconds, digits = 1 }: { seconds: number; digits?: number }) {
  const text = timecode(seconds, digits);
  const { copied, copy } = useCopy();
  return (
    <Tooltip label={copied ? words.common.copied : words.common.copy} openDelay={400}>
      <UnstyledButton
        component="button"
        onClick={() => void copy(text)}
        fz="inherit"
        ff="monospace"
      >
        {text}
      </UnstyledButton>
    </Tooltip>
  );
}
