import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { get, Problem, send } from "../api/client";
import { go, Link } from "../url/place";

type Field = { name: string; label: string; type: string; autoComplete: string; hint?: string };

const email: Field = { name: "email", label: "Email", type: "email", autoComplete: "username" };
const password: Field = { name: "password", label: "Password", type: "password", autoComplete: "current-password" };

export function SignIn() {
  const setup = useQuery({ queryKey: ["setup"], queryFn: () => get<{ needed: boolean }>("/setup") });
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
  const fields: Field[] = [
    {
      name: "token",
      label: "Setup token",
      type: "password",
      autoComplete: "off",
      hint: "The server printed it when it started.",
    },
    email,
    { ...password, autoComplete: "new-password" },
  ];
  return (
    <Door
      title="Set up the first account"
      verb="Create account"
      fields={fields}
      submit={(values) => send("POST", "/setup", values)}
      told={(problem) => problem.message}
    >
      <p>
        There is an account already? <Link to={{ page: "overview", environment: "" }}>Sign in</Link>.
      </p>
    </Door>
  );
}

type DoorProps = {
  title: string;
  verb: string;
  fields: Field[];
  submit: (values: Record<string, string>) => Promise<unknown>;
  told: (problem: Problem) => string;
  children: ReactNode;
};

function Door({ title, verb, fields, submit, told, children }: DoorProps) {
  const queries = useQueryClient();
  const [problem, setProblem] = useState("");
  const [isBusy, setBusy] = useState(false);
  const enter = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setProblem("");
    try {
      await submit(Object.fromEntries(fields.map(({ name }) => [name, String(form.get(name) ?? "")])));
      if (location.pathname === "/setup") go({ page: "overview", environment: "" }, "replace");
      await queries.refetchQueries({ queryKey: ["session"] });
    } catch (failure) {
      if (!(failure instanceof Problem)) throw failure;
      setProblem(told(failure));
      setBusy(false);
    }
  };
  return (
    <div className="alone">
      <form className="door" onSubmit={(event) => void enter(event)}>
        <h1>
          <span className="wordmark">Systole</span>
          {title}
        </h1>
        {fields.map(({ name, label, type, autoComplete, hint }) => (
          <label key={name}>
            {label}
            <input name={name} type={type} autoComplete={autoComplete} required />
            {hint && <small>{hint}</small>}
          </label>
        ))}
        <p className="problem" role="alert">
          {problem}
        </p>
        <button type="submit" className="primary" disabled={isBusy}>
          {verb}
        </button>
        {children}
      </form>
    </div>
  );
}
