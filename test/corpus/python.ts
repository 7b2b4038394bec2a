import type { Sample } from './sample.ts';

export const PYTHON: readonly Sample[] = [
  {
    name: 'fastapi with uv',
    files: {
      'pyproject.toml': '[project]\nname = "api"\ndependencies = ["fastapi[standard]>=0.115"]\n',
      'uv.lock': '',
      'main.py': 'from fastapi import FastAPI\n\napp = FastAPI()\n',
    },
    kinds: ['python'],
    commands: ['dev: uv run fastapi dev main.py', 'run: uv run python main.py'],
  },
  {
    name: 'fastapi by uvicorn, poetry',
    files: {
      'pyproject.toml': '[tool.poetry]\nname = "api"\n[tool.poetry.dependencies]\nfastapi = "*"\n',
      'poetry.lock': '',
      'app/main.py': 'from fastapi import FastAPI\nservice: FastAPI = FastAPI(title="x")\n',
    },
    kinds: ['python'],
    commands: ['dev: poetry run uvicorn app.main:service --reload'],
  },
  {
    name: 'django',
    files: { 'manage.py': '', 'requirements.txt': 'Django==5\n', '.venv/bin/python': '' },
    kinds: ['python'],
    commands: [
      'dev: .venv/bin/python manage.py runserver',
      'test: .venv/bin/python manage.py test',
      'shell: .venv/bin/python manage.py shell',
    ],
  },
  {
    name: 'flask',
    files: { 'app.py': 'from flask import Flask\napp = Flask(__name__)\n', 'requirements.txt': 'flask\npytest\n' },
    kinds: ['python'],
    commands: ['dev: python3 -m flask run --debug', 'run: python3 app.py', 'test: python3 -m pytest'],
  },
  {
    name: 'streamlit',
    files: { 'app.py': 'import streamlit as st\n', 'requirements.txt': 'streamlit\n', 'venv/bin/python': '' },
    kinds: ['python'],
    commands: ['dev: venv/bin/python -m streamlit run app.py', 'run: venv/bin/python app.py'],
  },
  {
    name: 'pipenv',
    files: { Pipfile: '[packages]\nrequests = "*"\n', 'main.py': 'print(1)\n' },
    kinds: ['python'],
    commands: ['run: pipenv run python main.py'],
  },
  {
    name: 'pdm with scripts',
    files: {
      'pyproject.toml': '[project]\nname = "x"\n[tool.pdm.scripts]\nstart = "python -m x"\ntest = {cmd = "pytest"}\n',
      'pdm.lock': '',
    },
    kinds: ['python'],
    commands: ['start: pdm run start', 'test: pdm run test'],
  },
  {
    name: 'hatch scripts',
    files: {
      'pyproject.toml':
        '[project]\nname = "x"\n[tool.hatch.envs.default.scripts]\nserve = "mkdocs serve"\n[tool.hatch.envs.lint.scripts]\ncheck = "ruff check"\n',
    },
    kinds: ['python'],
    commands: ['serve: hatch run serve', 'lint:check: hatch run lint:check'],
  },
  {
    name: 'poe tasks',
    files: {
      'pyproject.toml': '[project]\nname = "x"\n[tool.poe.tasks]\ndev = "uvicorn x:app"\n_hidden = "x"\n',
      'uv.lock': '',
    },
    kinds: ['python'],
    commands: ['dev: uv run poe dev'],
  },
  {
    name: 'console script',
    files: {
      'pyproject.toml': '[project]\nname = "my-tool"\n[project.scripts]\nmy-tool = "my_tool.cli:main"\n',
      'uv.lock': '',
      'src/my_tool/__init__.py': '',
      'tests/test_x.py': '',
    },
    kinds: ['python'],
    commands: ['my-tool: uv run my-tool', 'test: uv run pytest'],
  },
  {
    name: 'a package with __main__',
    files: { 'setup.py': '', 'tool/__main__.py': '', 'tox.ini': '' },
    kinds: ['python'],
    commands: ['run: python3 -m tool', 'test: tox'],
  },
  { name: 'a lone script', files: { 'bot.py': '' }, kinds: ['python'], commands: ['run: python3 bot.py'] },
  {
    name: 'broken pyproject.toml',
    files: { 'pyproject.toml': '[project\nname = "x"\n', 'main.py': '' },
    kinds: ['python'],
    commands: ['run: python3 main.py'],
    faults: ['pyproject.toml:1'],
  },
];
