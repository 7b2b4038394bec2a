import type { Sample } from './sample.ts';

export const JVM: readonly Sample[] = [
  {
    name: 'spring boot by maven wrapper',
    files: { 'pom.xml': '<project><artifactId>spring-boot-maven-plugin</artifactId></project>', mvnw: '' },
    kinds: ['maven'],
    commands: ['dev: ./mvnw spring-boot:run', 'test: ./mvnw test', 'build: ./mvnw package'],
  },
  {
    name: 'quarkus by maven',
    files: { 'pom.xml': '<project><artifactId>quarkus-maven-plugin</artifactId></project>' },
    kinds: ['maven'],
    commands: ['dev: mvn quarkus:dev', 'test: mvn test', 'build: mvn package'],
  },
  {
    name: 'maven library',
    files: { 'pom.xml': '<project/>' },
    kinds: ['maven'],
    commands: ['test: mvn test', 'build: mvn package'],
  },
  {
    name: 'spring boot by gradle',
    files: { 'build.gradle': "plugins { id 'org.springframework.boot' version '3.3' }\n", gradlew: '' },
    kinds: ['gradle'],
    commands: ['dev: ./gradlew bootRun', 'test: ./gradlew test', 'build: ./gradlew build'],
  },
  {
    name: 'kotlin application',
    files: { 'build.gradle.kts': 'plugins {\n  kotlin("jvm")\n  application\n}\n', gradlew: '' },
    kinds: ['gradle'],
    commands: ['run: ./gradlew run', 'test: ./gradlew test', 'build: ./gradlew build'],
  },
  {
    name: 'android',
    files: { 'build.gradle': "plugins { id 'com.android.application' }\n", gradlew: '' },
    kinds: ['gradle'],
    commands: ['install: ./gradlew installDebug', 'test: ./gradlew test', 'build: ./gradlew build'],
  },
  { name: 'scala', files: { 'build.sbt': '' }, kinds: ['scala'], commands: ['run: sbt run', 'test: sbt test'] },
  {
    name: 'play',
    files: { 'build.sbt': 'enablePlugins(PlayScala)' },
    kinds: ['scala'],
    commands: ['dev: sbt run', 'test: sbt test'],
  },
  { name: 'mill', files: { 'build.mill': '' }, kinds: ['scala'], commands: ['run: mill run', 'test: mill __.test'] },
  {
    name: 'clojure by lein',
    files: { 'project.clj': '' },
    kinds: ['clojure'],
    commands: ['run: lein run', 'test: lein test'],
  },
  {
    name: 'clojure by deps',
    files: { 'deps.edn': '{:aliases {:run {}}}' },
    kinds: ['clojure'],
    commands: ['run: clojure -M:run', 'test: clojure -X:test'],
  },
];
