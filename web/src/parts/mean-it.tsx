// What cannot be undone is done by whoever types its name: they have read which one it is.

import { type ReactNode, useState } from "react";
import { ActionForm } from "./dialog";

type Props = {
  name: string;
  does: string;
  act: () => Promise<unknown>;
  close: () => void;
  children: ReactNode;
};

export function MeanIt({ name, does, act, close, children }: Props) {
  const [typed, setTyped] = useState("");
  const actIfMeant = () =>
    typed.trim() === name.trim() ? act() : Promise.reject(new Error(`Type ${name} to say that you mean it.`));
  return (
    <ActionForm does={does} isGrave act={actIfMeant} close={close}>
      {children}
      <label>
        <span>
          Type <b>{name}</b> to say that you mean it
        </span>
        <input value={typed} autoComplete="off" spellCheck={false} onChange={(event) => setTyped(event.target.value)} />
      </label>
    </ActionForm>
  );
}
