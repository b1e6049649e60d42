// What the server asks of a password.

export const PASSWORD_CHARS_MIN = 8;
