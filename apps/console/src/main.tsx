// First: the contract's schemas look at this setting when they are made.
import './validation.ts';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createQueryClient } from './api/queries.ts';
import { createConsoleRouter } from './router.tsx';
import './styles/mantine.css';
import './styles/base.css';

const queryClient = createQueryClient();
const router = createConsoleRouter(queryClient);

const place = document.getElementById('root');
if (place === null) throw new Error('index.html has no element with the id root');

createRoot(place).render(
  <StrictMode>
    {/* The variables and classes that Mantine would add in style elements come from styles/, so that the page
        needs no exception from style-src 'self'. */}
    <MantineProvider
      theme={{ respectReducedMotion: true }}
      defaultColorScheme="auto"
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
