// The keys that work everywhere.

import "../styles/picker.css";

import { useSyncExternalStore } from "react";
import { Dialog } from "../parts/dialog";
import { paletteKeys } from "./key-names";
import { areLetterKeysOn, listenLetterKeys, turnLetterKeys } from "./letter-keys";
import { PAGES } from "./pages";

const isLetter = ([first = ""]: string[]) => /^[a-z/?]$/.test(first);

export default function KeyHelp({ close }: { close: () => void }) {
  const isOn = useSyncExternalStore(listenLetterKeys, areLetterKeysOn);
  const rows: [string, string[]][] = [
    ["Go to anything", paletteKeys.split(" ")],
    ["Search on this page, or for anything", ["/"]],
    ...PAGES.map(({ name, key }): [string, string[]] => [name, ["g", key]]),
    ["Walk through rows, lines and cells", ["↑", "↓"]],
    ["Open what is chosen", ["Enter"]],
    ["Show these keys", ["?"]],
  ];
  return (
    <Dialog title="Keys" isOpen close={close}>
      <dl className="keys">
        {rows.map(([does, keys]) => (
          <div key={does} data-off={!isOn && isLetter(keys)}>
            <dt>{does}</dt>
            <dd>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <label className="check letter-keys">
        <input type="checkbox" checked={isOn} onChange={() => turnLetterKeys(!isOn)} />
        Single letters and signs are keys
      </label>
    </Dialog>
  );
}
