// The one dialog: a question with its answers, or a form. Nothing else can be reached until it is closed.

import * as Radix from "@radix-ui/react-dialog";
import { type FormEvent, type ReactNode, useState } from "react";
import { Icon } from "./icons";

type Props = { title: string; isOpen: boolean; close: () => void; isWide?: boolean; children: ReactNode };

export function Dialog({ title, isOpen, close, isWide = false, children }: Props) {
  return (
    <Radix.Root open={isOpen} onOpenChange={(open) => !open && close()}>
      <Radix.Portal>
        <Radix.Overlay className="veil" />
        <Radix.Content
          className={isWide ? "dialog wide-dialog" : "dialog"}
          aria-describedby={undefined}
          onOpenAutoFocus={focusField}
        >
          <div className="dialog-head">
            <Radix.Title>{title}</Radix.Title>
            <Radix.Close className="quiet" aria-label="Close">
              <Icon name="close" />
            </Radix.Close>
          </div>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** Who opens a form means to fill it in; the first thing in a dialog is what closes it. */
function focusField(event: Event) {
  const dialog = event.currentTarget instanceof HTMLElement ? event.currentTarget : null;
  const field = dialog?.querySelector<HTMLElement>("input, textarea, select");
  if (!field) return;
  event.preventDefault();
  field.focus();
}

type ActionProps = {
  /** What the button says that does it. */
  does: string;
  /** What is lost cannot be had again. */
  isGrave?: boolean;
  act: () => Promise<unknown>;
  close: () => void;
  /** What happens after it is done, instead of closing. */
  done?: () => void;
  children?: ReactNode;
};

/** A form that does one thing: it waits for the server, closes when done, and says what went wrong. */
export function ActionForm({ does, isGrave = false, act, close, done = close, children }: ActionProps) {
  const [problem, setProblem] = useState("");
  const [isBusy, setIsBusy] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setIsBusy(true);
    setProblem("");
    act()
      .then(done, (reason: Error) => setProblem(reason.message))
      .finally(() => setIsBusy(false));
  };
  return (
    <form className="action" onSubmit={submit}>
      {children}
      <p className="problem" role="alert">
        {problem}
      </p>
      <div className="answers">
        <button type="button" onClick={close}>
          Cancel
        </button>
        <button type="submit" className={isGrave ? "grave" : "primary"} disabled={isBusy}>
          {does}
        </button>
      </div>
    </form>
  );
}
