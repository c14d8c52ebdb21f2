import { CopyButton, Tooltip, UnstyledButton } from "@mantine/core";

import { timecode } from "@/lib/time";
import { words } from "@/strings";

/** A time that can be copied by a click. */
export function Timecode({ seconds, digits = 1 }: { seconds: number; digits?: number }) {
  const text = timecode(seconds, digits);
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? words.common.copied : words.common.copy} openDelay={400}>
          <UnstyledButton component="button" onClick={copy} fz="inherit" ff="monospace">
            {text}
          </UnstyledButton>
        </Tooltip>
      )}
    </CopyButton>
  );
}
