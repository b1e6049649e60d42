// The one menu: a button that says what is picked, and choices below it.

import * as Dropdown from "@radix-ui/react-dropdown-menu";
import type { ReactNode } from "react";
import { Icon } from "./icons";

type Choice = { value: string; label: string };

export function Menu({ name, button, children }: { name: string; button: ReactNode; children: ReactNode }) {
  return (
    <Dropdown.Root modal={false}>
      <Dropdown.Trigger className="quiet" aria-label={name}>
        {button}
      </Dropdown.Trigger>
      <Dropdown.Portal>
        <Dropdown.Content className="menu" align="end" sideOffset={6} collisionPadding={8}>
          {children}
        </Dropdown.Content>
      </Dropdown.Portal>
    </Dropdown.Root>
  );
}

export function Choices({ value, choices, pick }: { value: string; choices: Choice[]; pick: (value: string) => void }) {
  return (
    <Dropdown.RadioGroup value={value} onValueChange={pick}>
      {choices.map((choice) => (
        <Dropdown.RadioItem key={choice.value} value={choice.value} className="item">
          <span className="tick">
            <Dropdown.ItemIndicator>
              <Icon name="check" />
            </Dropdown.ItemIndicator>
          </span>
          {choice.label}
        </Dropdown.RadioItem>
      ))}
    </Dropdown.RadioGroup>
  );
}

export function Action({ act, children }: { act: () => void; children: ReactNode }) {
  return (
    <Dropdown.Item className="item" onSelect={act}>
      <span className="tick" />
      {children}
    </Dropdown.Item>
  );
}

export const MenuText = ({ children }: { children: ReactNode }) => (
  <Dropdown.Label className="label">{children}</Dropdown.Label>
);
