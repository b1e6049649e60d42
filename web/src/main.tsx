import "@fontsource-variable/inter";
import "@fontsource-variable/jetbrains-mono";
import "./tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/status.css";
import "./styles/shell.css";
import "./styles/toasts.css";
import "./styles/doors.css";
import "./styles/states.css";
import "./styles/cards.css";
import "./styles/figures.css";
import "./styles/table.css";
import "./styles/log.css";
import "./styles/dialog.css";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Problem } from "./api/client";
import { Boundary } from "./parts/boundary";
import { App } from "./shell/app";
import { applyTheme, storedTheme } from "./shell/theme";

applyTheme(storedTheme());

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // What was refused stays refused; what found no answer may find one.
      retry: (failures, problem) =>
        failures < 2 && !(problem instanceof Problem && problem.status >= 400 && problem.status < 500),
      networkMode: "always",
    },
  },
});

const root = document.getElementById("root");
if (!root) throw new Error("the page has a root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <Boundary>
        <App />
      </Boundary>
    </QueryClientProvider>
  </StrictMode>,
);
