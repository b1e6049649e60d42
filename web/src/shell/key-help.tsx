// The keys that work everywhere.

import "../styles/picker.css";

import { Dialog } from "../parts/dialog";
import { paletteKeys } from "./key-names";
import { PAGES } from "./pages";

export default function KeyHelp({ close }: { close: () => void }) {
  const rows: [string, string[]][] = [
    ["Go to anything", paletteKeys.split(" ")],
    ["Search on this page", ["/"]],
    ...PAGES.map(({ name, key }): [string, string[]] => [name, ["g", key]]),
    ["Walk through rows, lines and cells", ["↑", "↓"]],
    ["Open what is chosen", ["Enter"]],
    ["Show these keys", ["?"]],
  ];
  return (
    <Dialog title="Keys" isOpen close={close}>
      <dl className="keys">
        {rows.map(([does, keys]) => (
          <div key={does}>
            <dt>{does}</dt>
            <dd>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
