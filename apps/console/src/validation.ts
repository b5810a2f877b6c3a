import { z } from 'zod';

// Zod compiles validators with `new Function` where it may; the page's policy forbids that, and even the attempt is
// reported as a violation.
z.config({ jitless: true });
