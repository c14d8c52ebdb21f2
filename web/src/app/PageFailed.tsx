import { type ErrorComponentProps, useRouter } from "@tanstack/react-router";

import { Failure } from "@/ui/Failure";

/** A page that could not be shown at all: the rail stays, and it can be tried again. */
export function PageFailed({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <Failure
      error={error instanceof Error ? error : new Error(String(error))}
      retry={() => {
        reset();
        void router.invalidate();
      }}
    />
  );
}
