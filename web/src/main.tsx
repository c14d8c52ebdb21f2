import "@mantine/core/styles.css";
import "@/app/global.css";

import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { queries } from "@/api/client";
import { LiveProvider } from "@/api/LiveProvider";
import { forgetBrokenStyles } from "@/api/parts";
import { router } from "@/app/router";
import { cssVariables, theme } from "@/app/theme";

/** Styles made at run time carry the nonce of this page: the content-security policy lets no other. */
const nonce = document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce ?? "";

// Where what locks scrolling below a dialog looks for it (the package get-nonce).
Object.assign(globalThis, { __webpack_nonce__: nonce });

forgetBrokenStyles();

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      cssVariablesResolver={cssVariables}
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={queries}>
        <LiveProvider>
          <RouterProvider router={router} />
        </LiveProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
