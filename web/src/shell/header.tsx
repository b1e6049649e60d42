import { useSyncExternalStore } from "react";
import { send } from "../api/client";
import type { Session } from "../api/types";
import { Icon } from "../parts/icons";
import { Action, Choices, Menu, MenuText } from "../parts/menu";
import { inEnvironment } from "../url/environment";
import { go } from "../url/place";
import { noAuditFilter, type Place } from "../url/url";
import { paletteKeys } from "./key-names";
import { Pill } from "./pill";
import { applyTheme, listenTheme, storedTheme, THEMES, themeNames } from "./theme";

type Props = { place: Place; session: Session; signedOut: () => void; openPalette: () => void };

export function Header({ place, session, signedOut, openPalette }: Props) {
  const theme = useSyncExternalStore(listenTheme, storedTheme);
  const pickEnvironment = (environment: string) => go(inEnvironment(place, environment));
  const environments = [
    ...(session.environments.length === 1 ? [] : [{ value: "", label: "All environments" }]),
    ...session.environments.map(({ id, name }) => ({ value: id, label: name })),
  ];
  const current = environments.find(({ value }) => value === place.environment)?.label ?? "All environments";
  const signOut = () => {
    // The session is over here whatever the server says; a cookie that lives on is asked about at the next load.
    send("DELETE", "/session").then(signedOut, signedOut);
  };
  return (
    <header>
      <Menu
        name={`Environment: ${current}`}
        button={
          <>
            <span className="current">{current}</span>
            <Icon name="chevron" />
          </>
        }
      >
        <Choices value={place.environment} choices={environments} pick={pickEnvironment} />
      </Menu>
      <button type="button" className="finds" onClick={openPalette}>
        <Icon name="search" />
        <span>Go to anything </span>
        <kbd>{paletteKeys}</kbd>
      </button>
      <span className="space" />
      <Pill />
      <Menu name="Theme" button={<Icon name="sun" />}>
        <Choices
          value={theme}
          pick={(value) => applyTheme(THEMES.find((one) => one === value) ?? "system")}
          choices={THEMES.map((value) => ({ value, label: themeNames[value] }))}
        />
      </Menu>
      <Menu name="Account" button={<Icon name="user" />}>
        <MenuText>{session.user.email}</MenuText>
        <Action
          act={() => go({ page: "settings", environment: place.environment, tab: "tokens", audit: noAuditFilter })}
        >
          API tokens
        </Action>
        <Action
          act={() =>
            go({ page: "settings", environment: place.environment, tab: "environments", audit: noAuditFilter })
          }
        >
          Settings
        </Action>
        <Action act={signOut}>Sign out</Action>
      </Menu>
    </header>
  );
}
