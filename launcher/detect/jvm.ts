/**
 * Java, Kotlin and Scala. The build's own wrapper is used before a global tool.
 *
 * @module
 */
import { command, type Finding, SCORE } from './finding.ts';
import type { ProjectFiles } from './project-files.ts';

/** The plugin that gives a build something to run, in either of Gradle's languages. */
const APPLICATION =
  /id\s*\(?\s*['"]application['"]|plugins\s*\{[^}]*?(?<![\w."'])application(?![\w."'])|apply plugin: ['"]application['"]|io\.ktor\.plugin/;

export function detectJvm(files: ProjectFiles): Finding | undefined {
  return detectMaven(files) ?? detectGradle(files) ?? detectScala(files);
}

function detectMaven(files: ProjectFiles): Finding | undefined {
  const pom = files.text('pom.xml');
  if (pom === undefined) return undefined;
  const maven = wrapperOr(files, 'mvnw', 'mvn');
  const why = maven === './mvnw' ? 'the project brings its wrapper' : '';
  const plain = pom.replace(/<!--[\s\S]*?-->/g, '');
  const test = command('test', [maven, 'test'], 'pom.xml', { score: SCORE.test, why });
  const build = command('build', [maven, 'package'], 'pom.xml', { score: SCORE.build, why });
  const members = [...plain.matchAll(/<module>\s*([^<\s]+)\s*<\/module>/g)].map(([, folder = '']) => folder);
  const server = plain.includes('spring-boot-maven-plugin')
    ? command('dev', [maven, 'spring-boot:run'], 'pom.xml, which has Spring Boot', { why, port: { number: 8080 } })
    : plain.includes('quarkus-maven-plugin')
      ? command('dev', [maven, 'quarkus:dev'], 'pom.xml, which has Quarkus', { why, port: { number: 8080 } })
      : plain.includes('exec-maven-plugin')
        ? command('run', [maven, 'compile', 'exec:java'], 'pom.xml, which has exec', { why, score: SCORE.guess })
        : undefined;
  return {
    kind: 'maven',
    marker: 'pom.xml',
    commands: [...(server === undefined ? [] : [server]), test, build],
    members,
  };
}

function detectGradle(files: ProjectFiles): Finding | undefined {
  const names = ['build.gradle.kts', 'build.gradle', 'settings.gradle.kts', 'settings.gradle'];
  const marker = names.find((name) => files.has(name));
  if (marker === undefined) return undefined;
  const gradle = wrapperOr(files, 'gradlew', 'gradle');
  const why = gradle === './gradlew' ? 'the project brings its wrapper' : '';
  const text = names
    .slice(0, 2)
    .map((name) => files.text(name) ?? '')
    .join('\n')
    .replace(/\/\/.*$/gm, '');
  const settings = names
    .slice(2)
    .map((name) => files.text(name) ?? '')
    .join('\n')
    .replace(/\/\/.*$/gm, '');
  const port = { number: 8080 };
  const server = /org\.springframework\.boot/.test(text)
    ? command('dev', [gradle, 'bootRun'], `${marker}, which has Spring Boot`, { why, port })
    : /io\.quarkus/.test(text)
      ? command('dev', [gradle, 'quarkusDev'], `${marker}, which has Quarkus`, { why, port })
      : APPLICATION.test(text)
        ? command('run', [gradle, 'run'], `${marker}, which has an application`, { why })
        : undefined;
  const android = /com\.android\.application/.test(text)
    ? [command('install', [gradle, 'installDebug'], `${marker}, an Android application`, { why, role: 'build' })]
    : [];
  const commands = [
    ...(server === undefined ? [] : [server]),
    ...android,
    command('test', [gradle, 'test'], marker, { score: SCORE.test, why }),
    command('build', [gradle, 'build'], marker, { score: SCORE.build, why }),
  ];
  return { kind: 'gradle', marker, commands, members: includedProjects(settings) };
}

/** Pure: `include(":a", ":b:c")` is `a` and `b/c`. */
export function includedProjects(settings: string): string[] {
  const includes = [...settings.matchAll(/\binclude\s*\(?((?:\s*['"][^'"]+['"]\s*,?)+)/g)];
  return includes.flatMap(([, list = '']) =>
    [...list.matchAll(/['"]([^'"]+)['"]/g)].map(([, path = '']) => path.replace(/^:/, '').replaceAll(':', '/')),
  );
}

function detectScala(files: ProjectFiles): Finding | undefined {
  if (files.has('build.sbt')) {
    const isPlay = /PlayScala|PlayJava/.test(files.text('build.sbt') ?? '');
    const run = isPlay
      ? command('dev', ['sbt', 'run'], 'build.sbt, which has Play', { port: { number: 9000 } })
      : command('run', ['sbt', 'run'], 'build.sbt');
    return {
      kind: 'scala',
      marker: 'build.sbt',
      commands: [run, command('test', ['sbt', 'test'], 'build.sbt', { score: SCORE.test })],
    };
  }
  const marker = ['build.mill', 'build.sc'].find((name) => files.has(name));
  if (marker === undefined) return undefined;
  const mill = wrapperOr(files, 'mill', 'mill');
  const test = command('test', [mill, '__.test'], marker, { score: SCORE.test });
  return { kind: 'scala', marker, commands: [command('run', [mill, 'run'], marker), test] };
}

function wrapperOr(files: ProjectFiles, wrapper: string, tool: string): string {
  return files.has(wrapper) ? `./${wrapper}` : tool;
}
