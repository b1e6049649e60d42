// The doors: signing in, and the first account of a new server.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { PASSWORD_CHARS_MIN } from "../access/passwords";
import { get, Problem, send } from "../api/client";
import { Brand } from "../parts/brand";
import { go, Link } from "../url/place";

type Field = {
  name: string;
  label: string;
  type: string;
  autoComplete: string;
  hint?: string;
  minLength?: number;
};

const email: Field = { name: "email", label: "Email", type: "email", autoComplete: "username" };
const password: Field = { name: "password", label: "Password", type: "password", autoComplete: "current-password" };
const NO_COOKIE =
  "The session cookie was not kept: open the page by https, or start the server without an https --public-url.";

const useSetup = () => useQuery({ queryKey: ["setup"], queryFn: () => get<{ needed: boolean }>("/setup") });

export function SignIn() {
  const setup = useSetup();
  return (
    <Door
      title="Sign in"
      verb="Sign in"
      fields={[email, password]}
      submit={(values) => send("POST", "/session", values)}
      told={(problem) => (problem.status === 401 ? "Email or password is wrong." : problem.message)}
    >
      {setup.data?.needed && (
        <p>
          Nobody has an account yet. <Link to={{ page: "setup", environment: "" }}>Set up the first one</Link>.
        </p>
      )}
    </Door>
  );
}

export function SetUp() {
  const setup = useSetup();
  // The link that the server prints carries the token behind the #, which no server and no log ever sees.
  const [token] = useState(() => location.hash.slice(1));
  const fields: Field[] = [
    {
      name: "token",
      label: "Setup token",
      type: "password",
      autoComplete: "off",
      hint: "The server printed a link with it when it started.",
    },
    email,
    {
      ...password,
      autoComplete: "new-password",
      minLength: PASSWORD_CHARS_MIN,
      hint: `At least ${PASSWORD_CHARS_MIN} characters.`,
    },
  ];
  const signIn = <Link to={{ page: "overview", environment: "" }}>Sign in</Link>;
  if (setup.data?.needed === false) {
    return (
      <Frame>
        <div className="card">
          <h1>This server is set up</h1>
          <p>There is an account already. {signIn}, or ask a super-admin for an account of yours.</p>
        </div>
      </Frame>
    );
  }
  return (
    <Door
      title="Set up the first account"
      about="It may do everything, and creates the accounts of others."
      verb="Create account"
      fields={token === "" ? fields : fields.slice(1)}
      submit={(values) => send("POST", "/setup", { token, ...values })}
      told={(problem) => problem.message}
    >
      <p>There is an account already? {signIn}.</p>
    </Door>
  );
}

type DoorProps = {
  title: string;
  about?: string;
  verb: string;
  fields: Field[];
  submit: (values: Record<string, string>) => Promise<unknown>;
  told: (problem: Problem) => string;
  children: ReactNode;
};

function Door({ title, about, verb, fields, submit, told, children }: DoorProps) {
  const queries = useQueryClient();
  const [problem, setProblem] = useState("");
  const [isBusy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  // There is nothing else to do here than to fill it in.
  useEffect(() => form.current?.querySelector("input")?.focus(), []);
  const enter = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const filled = new FormData(event.currentTarget);
    setBusy(true);
    setProblem("");
    try {
      await submit(Object.fromEntries(fields.map(({ name }) => [name, String(filled.get(name) ?? "")])));
      if (location.pathname === "/setup") go({ page: "overview", environment: "" }, "replace");
      await queries.refetchQueries({ queryKey: ["session"] });
      if (queries.getQueryData(["session"]) !== null) return;
      // The server let somebody in whom it does not know a moment later.
      setProblem(NO_COOKIE);
      setBusy(false);
    } catch (failure) {
      if (!(failure instanceof Problem)) throw failure;
      setProblem(told(failure));
      setBusy(false);
    }
  };
  return (
    <Frame>
      <form className="card" ref={form} onSubmit={(event) => void enter(event)}>
        <h1>{title}</h1>
        {about && <p className="muted">{about}</p>}
        {fields.map(({ name, label, hint, ...input }) => (
          <label key={name}>
            {label}
            <input name={name} required {...input} />
            {hint && <small>{hint}</small>}
          </label>
        ))}
        <p className="problem" role="alert">
          {problem}
        </p>
        <button type="submit" className="primary" disabled={isBusy}>
          {verb}
        </button>
      </form>
      {children}
    </Frame>
  );
}

const Frame = ({ children }: { children: ReactNode }) => (
  <div className="alone">
    <Trace />
    <main className="door">
      <p className="wordmark">
        <Brand />
        Systole
      </p>
      {children}
    </main>
  </div>
);

/** A quiet line behind the door: the beat that the program is called after. */
const Trace = () => (
  <svg className="trace" viewBox="0 0 1200 200" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
    <path
      d="M0 110H250l14-16 16 16h40l10 14 22-92 26 140 16-62h44l18-22 22 22H1200"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinejoin="round"
      vectorEffect="non-scaling-stroke"
    />
  </svg>
);
