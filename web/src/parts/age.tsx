// How long ago something was, drawn again only when its text is another.

import { age, ago } from "../format/times";
import { useAtNow } from "./now";

export const Age = ({ since }: { since: number | null }) => useAtNow((now) => age(since === null ? null : now - since));

export const Ago = ({ at }: { at: number | null }) => useAtNow((now) => ago(at === null ? null : now - at));
