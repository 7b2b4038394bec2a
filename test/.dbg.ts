import { startSshd } from './sshd.ts';
import { once } from 'node:events';
import { spawn, execSync } from 'node:child_process';
await using s = await startSshd();
const child = spawn(process.execPath, ['--import', 'tsx', '-e', `import('${process.cwd()}/agent/link/connect.ts').then(async m => { const c = await m.connect('B', {transport:'openssh'}); const e = await c.exec('sleep 1000'); console.log('up'); })`], { env: {...s.env, TMPDIR:'/tmp/dbgt'}, stdio: ['ignore', 'pipe', 'inherit'] });
await once(child.stdout, 'data');
console.log(execSync("ls /tmp/dbgt; ps -eo pid,args | grep /tmp/dbgt | grep -v grep", { encoding: 'utf8' }).trim(), 'before');
child.kill('SIGKILL'); await once(child, 'exit'); await new Promise(r => setTimeout(r, 400));
console.log(execSync("ls /tmp/dbgt; ps -eo pid,args | grep /tmp/dbgt | grep -v grep; true", { encoding: 'utf8' }).trim(), 'after');
