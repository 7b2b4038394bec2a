import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { expectAlike, shDone } from '../look.ts';
import { expectThat, type Trial } from '../scenario.ts';

const LARGE_BYTES = 3 << 20;

/** What there is in a tree arrives as it is, and what is changed, moved and deleted follows. */
export async function fileSync(trial: Trial): Promise<void> {
  const { stage, folder, says } = trial;
  const { here, there } = stage;
  await shDone(
    here,
    `
mkdir -p ${folder}/deep/er/still '${folder}/with blanks' ${folder}/empty && cd ${folder} || exit 1
i=0; while [ $i -lt 40 ]; do echo "file $i" > "deep/file-$i.txt"; i=$((i + 1)); done
: > nothing; printf '%s\\n' 'quote " and \\ back' > 'with blanks/quote '"'"'.txt'
echo ü > 'grüße-日本語.txt'; printf '#!/bin/sh\\n' > run.sh; chmod 755 run.sh
ln -s deep/file-1.txt link`,
  );
  await here.sh(`cat > ${folder}/deep/er/still/large.bin`, { input: Readable.from([randomBytes(LARGE_BYTES)]) });
  await expectAlike(trial);
  says('47 files, folders and links arrived');

  await shDone(
    here,
    `cd ${folder} && echo changed > deep/file-0.txt && mv deep/er moved && rm deep/file-39.txt 'grüße-日本語.txt' && chmod 644 run.sh`,
  );
  await expectAlike(trial);
  const { code } = await there.sh(
    `cd ${folder} && [ ! -e deep/file-39.txt ] && [ -s moved/still/large.bin ] && [ "$(cat deep/file-0.txt)" = changed ]`,
  );
  expectThat(code === 0, `A change, a move or a deletion did not reach ${there.name}`);
  says('a change, a move, a mode and two deletions followed');
}
