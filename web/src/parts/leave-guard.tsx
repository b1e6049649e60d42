// Asks before what was not saved is left behind: by a link, by going back, or by closing the page.

import { useEffect, useState } from "react";
import { guardPlace } from "../url/place";
import { ActionForm, Dialog } from "./dialog";

export function LeaveGuard({ isOn, children }: { isOn: boolean; children: string }) {
  const [leave, setLeave] = useState<(() => void) | null>(null);
  useEffect(() => {
    if (!isOn) return;
    const release = guardPlace((go) => setLeave(() => go));
    const closing = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", closing);
    return () => {
      release();
      window.removeEventListener("beforeunload", closing);
    };
  }, [isOn]);
  const close = () => setLeave(null);
  return (
    <Dialog title="Leave without saving?" isOpen={leave !== null} close={close}>
      <ActionForm does="Leave without saving" isGrave act={async () => leave?.()} close={close}>
        <p>{children}</p>
      </ActionForm>
    </Dialog>
  );
}
