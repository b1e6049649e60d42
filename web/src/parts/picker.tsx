// Something to find by typing: a field, and below it what matches, by groups. Arrow keys choose, Enter takes.

import * as Radix from "@radix-ui/react-dialog";
import "../styles/picker.css";

import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { Icon } from "./icons";

export type Choice = {
  id: string;
  label: string;
  mark?: ReactNode;
  /** What it is or does, in a word or two. */
  hint?: string;
  keys?: string;
  take: () => void;
};

export type ChoiceGroup = { name: string; choices: Choice[] };

type Props = {
  title: string;
  placeholder: string;
  text: string;
  setText: (text: string) => void;
  groups: ChoiceGroup[];
  isSearching: boolean;
  close: () => void;
};

const PAGE_CHOICES = 8;

export function Picker({ title, placeholder, text, setText, groups, isSearching, close }: Props) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const [picked, setPicked] = useState<string | null>(null);
  const shown = groups.filter(({ choices }) => choices.length > 0);
  const choices = shown.flatMap((group) => group.choices);
  // What was picked may be gone when more is typed; the first is as good as any then.
  const at = Math.max(
    0,
    choices.findIndex((choice) => choice.id === picked),
  );
  const current = choices[at];
  useEffect(() => {
    if (current)
      list.current?.querySelector(`[data-id="${CSS.escape(current.id)}"]`)?.scrollIntoView({ block: "nearest" });
  }, [current]);
  const take = (choice: Choice | undefined) => {
    if (!choice) return;
    close();
    choice.take();
  };
  const walk = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter") {
      event.preventDefault();
      return take(current);
    }
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: PAGE_CHOICES,
      PageUp: -PAGE_CHOICES,
    };
    const step = steps[event.key];
    if (step === undefined || choices.length === 0) return;
    event.preventDefault();
    const next = Math.abs(step) === 1 ? (at + step + choices.length) % choices.length : at + step;
    setPicked(choices[Math.min(choices.length - 1, Math.max(0, next))]?.id ?? null);
  };
  return (
    <Radix.Root open onOpenChange={(isOpen) => !isOpen && close()}>
      <Radix.Portal>
        <Radix.Overlay className="veil" />
        <Radix.Content className="dialog picker" aria-describedby={undefined}>
          <Radix.Title className="unseen">{title}</Radix.Title>
          <div className="picker-field">
            <Icon name="search" />
            <input
              role="combobox"
              aria-label={title}
              aria-expanded="true"
              aria-controls={`${id}list`}
              aria-autocomplete="list"
              aria-activedescendant={current ? `${id}${current.id}` : undefined}
              placeholder={placeholder}
              autoComplete="off"
              spellCheck={false}
              value={text}
              onChange={(event) => {
                setText(event.target.value);
                setPicked(null);
              }}
              onKeyDown={walk}
            />
            <kbd>Esc</kbd>
          </div>
          <div className="choices" role="listbox" aria-label={title} id={`${id}list`} ref={list}>
            {shown.map((group) => (
              // biome-ignore lint/a11y/useSemanticElements: a fieldset has no place in a list.
              <div key={group.name} role="group" aria-labelledby={`${id}${group.name}`}>
                <div className="group-name" id={`${id}${group.name}`} role="presentation">
                  {group.name}
                </div>
                {group.choices.map((choice) => (
                  // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the field's.
                  // biome-ignore lint/a11y/useFocusableInteractive: as above.
                  <div
                    key={choice.id}
                    id={`${id}${choice.id}`}
                    data-id={choice.id}
                    className="choice"
                    role="option"
                    aria-selected={choice === current}
                    onPointerMove={() => choice !== current && setPicked(choice.id)}
                    onClick={() => take(choice)}
                  >
                    <span className="choice-mark">{choice.mark}</span>
                    <span className="choice-label">{choice.label}</span>
                    {choice.hint && <small>{choice.hint}</small>}
                    {choice.keys && <kbd>{choice.keys}</kbd>}
                  </div>
                ))}
              </div>
            ))}
          </div>
          <p className={choices.length === 0 ? "no-choice" : "unseen"} role="status">
            {choices.length > 0
              ? `${choices.length} ${choices.length === 1 ? "choice" : "choices"}`
              : isSearching
                ? "Looking"
                : "Nothing matches"}
          </p>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
