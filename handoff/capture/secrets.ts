/**
 * What looks secret is never kept. Pure.
 *
 * @module
 */

const SECRET_NAME =
  /TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|PRIVATE|API_?KEY|APIKEY|ACCESS_?KEY|_KEY$|^KEY$|AUTH|COOKIE|SESSION_ID|_DSN$|_PAT$|^AWS_|^AZURE_|^GCP_|^GOOGLE_APPLICATION|DATABASE_URL|CONNECTION_STRING|SIGNATURE/i;
/** Names that would count as secret, and are none. */
const PLAIN_NAME = /^(SSH_AUTH_SOCK|AWS_(?:DEFAULT_)?REGION|AWS_PROFILE|XAUTHORITY|GIT_AUTHOR_\w+|AUTHOR\w*)$/i;
/** A URL with a password, keys of known makers, a token of three parts, a key in a block. */
const SECRET_VALUE =
  /:\/\/[^/\s:@]+:[^/\s@]+@|\b(?:sk|pk|rk)[-_](?:live|test|ant|proj)?[-_]?[A-Za-z0-9_-]{16,}|\bgh[pousr]_[A-Za-z0-9]{20,}|\bglpat-|\bxox[abposr]-|\bAKIA[0-9A-Z]{12,}|\beyJ[\w-]+\.[\w-]+\.|-----BEGIN|\bBearer\s+\S{8,}/;
const SECRET_OPTION =
  /^--?(?:\w+[-_])*(?:token|secret|password|passwd|passphrase|api-?key|access-?key|credentials?|auth|bearer)$/i;

export function isSecretVariable(name: string, value: string): boolean {
  if (PLAIN_NAME.test(name)) return false;
  return SECRET_NAME.test(name) || isSecretText(value);
}

export function isSecretText(text: string): boolean {
  return SECRET_VALUE.test(text) || text.split(/[\s=:,;"']+/).some(isRandom);
}

/** A line with its secrets taken out; `hidden` names them. */
export function hideSecrets(line: string): { readonly line: string; readonly hidden: readonly string[] } {
  const hidden: string[] = [];
  const value = String.raw`(?:'[^']*'|"(?:[^"\\]|\\.)*"|[^\s'"]+)+`;
  const shown = line
    .replace(
      new RegExp(String.raw`(^|[\s;&|(])([A-Za-z_]\w*)=(${value})`, 'g'),
      (found, before: string, name: string, text: string) => {
        if (text.startsWith('$') || text.startsWith('"$') || !isSecretVariable(name, text)) return found;
        hidden.push(name);
        return `${before}${name}="$${name}"`;
      },
    )
    .replace(
      new RegExp(String.raw`(^|\s)(--?[\w-]+)([= ])(${value})`, 'g'),
      (found, before: string, option: string, joint: string, text: string) => {
        if (!SECRET_OPTION.test(option) || text.startsWith('-') || text.startsWith('$') || text.startsWith('"$'))
          return found;
        hidden.push(option);
        return `${before}${option}${joint}HIDDEN`;
      },
    );
  if (!isSecretText(shown)) return { line: shown, hidden };
  const words = shown.split(/(\s+)/).map((word) => {
    if (!isSecretText(word)) return word;
    hidden.push('a word that looks secret');
    return 'HIDDEN';
  });
  const rest = words.join('');
  return {
    line: isSecretText(rest) ? 'HIDDEN' : rest,
    hidden: [...hidden, ...(isSecretText(rest) ? ['the line'] : [])],
  };
}

/** Long, of letters and digits mixed beyond what words, paths and hashes of commits are. */
function isRandom(word: string): boolean {
  if (word.length < 24 || word.length > 500 || /[^A-Za-z0-9+_=-]/.test(word)) return false;
  if (/^[0-9a-f]+$/.test(word) || !/[a-z]/.test(word) || !/[A-Z]/.test(word) || !/[0-9]/.test(word)) return false;
  const counts = new Map<string, number>();
  for (const char of word) counts.set(char, (counts.get(char) ?? 0) + 1);
  const bits = [...counts.values()].reduce(
    (sum, count) => sum - (count / word.length) * Math.log2(count / word.length),
    0,
  );
  return bits > 4;
}
