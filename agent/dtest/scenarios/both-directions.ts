import { expectAlike, expectContent, shDone } from '../look.ts';
import { expectThat, type Trial } from '../scenario.ts';

const FILES = 60;

/** What is saved there comes here, also while what is saved here goes there. */
export async function bothDirections(trial: Trial): Promise<void> {
  const { stage, folder, says } = trial;
  const { here, there } = stage;
  await shDone(there, `mkdir -p ${folder} && echo 'from there' > ${folder}/first.txt`);
  await expectContent(here, `${folder}/first.txt`, 'from there');
  says(`a save on ${there.name} came here`);

  const write = (name: string): string =>
    `mkdir -p ${folder}/${name} && cd ${folder}/${name} && i=0; while [ $i -lt ${FILES} ]; do echo "${name} $i" > "$i.txt"; i=$((i + 1)); done`;
  await Promise.all([shDone(here, write('here')), shDone(there, write('there'))]);
  await expectContent(here, `${folder}/there/${FILES - 1}.txt`, `there ${FILES - 1}`);
  await expectContent(there, `${folder}/here/${FILES - 1}.txt`, `here ${FILES - 1}`);
  await expectAlike(trial);
  const count = await shDone(there, `find ${folder} -type f | wc -l`);
  expectThat(
    Number(count) === 2 * FILES + 1,
    `${there.name} has ${count.trim()} files, and should have ${2 * FILES + 1}`,
  );
  says(`${FILES} files each way at once`);
}
