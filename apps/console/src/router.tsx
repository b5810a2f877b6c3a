import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { isSignedOut } from './api/client.ts';
import { me } from './api/queries.ts';
import { Frame } from './frame/frame.tsx';
import {
  artifactSearch,
  casesSearch,
  endpointsSearch,
  familiesSearch,
  findSearch,
  huntSearch,
  parseSearch,
  reportSearch,
  scansSearch,
  signInSearch,
  stringifySearch,
  subAnalysisSearch,
  unknownSearch,
} from './search.ts';
import { SignInPage } from './sign-in/sign-in-page.tsx';
import { NotFound } from './ui/not-found.tsx';
import { Failed, Loading } from './ui/states.tsx';

interface Context {
  readonly queryClient: QueryClient;
}

const root = createRootRouteWithContext<Context>()({ component: Outlet });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: signInSearch,
  component: SignInPage,
});

/** The provider's answer stands in the address: not to be read by the console's own rules of searches. */
const providerSignIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in/provider',
  component: lazyRouteComponent(() => import('./sign-in/provider-page.tsx'), 'ProviderPage'),
});

const frame = createRoute({
  getParentRoute: () => root,
  id: 'frame',
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queryClient.ensureQueryData(me);
    } catch (error) {
      if (isSignedOut(error)) throw redirect({ to: '/sign-in', search: { next: location.href } });
      // The server does not answer, or refuses for another reason: each part of the page says so and tries again.
    }
  },
  component: Frame,
});

const home = createRoute({
  getParentRoute: () => frame,
  path: '/',
  component: lazyRouteComponent(() => import('./overview/overview-page.tsx'), 'OverviewPage'),
});

const endpoints = createRoute({
  getParentRoute: () => frame,
  path: '/endpoints',
  validateSearch: endpointsSearch,
  component: lazyRouteComponent(() => import('./endpoints/endpoints-page.tsx'), 'EndpointsPage'),
});

const endpoint = createRoute({
  getParentRoute: () => frame,
  path: '/endpoints/$id',
  component: lazyRouteComponent(() => import('./endpoints/endpoint-page.tsx'), 'EndpointPage'),
});

const caseList = createRoute({
  getParentRoute: () => frame,
  path: '/cases',
  validateSearch: casesSearch,
  component: lazyRouteComponent(() => import('./cases/cases-page.tsx'), 'CasesPage'),
});

const oneCase = createRoute({
  getParentRoute: () => frame,
  path: '/cases/$id',
  component: lazyRouteComponent(() => import('./cases/case-page.tsx'), 'CasePage'),
});

const familyList = createRoute({
  getParentRoute: () => frame,
  path: '/families',
  validateSearch: familiesSearch,
  component: lazyRouteComponent(() => import('./families/families-page.tsx'), 'FamiliesPage'),
});

const family = createRoute({
  getParentRoute: () => frame,
  path: '/families/$id',
  component: lazyRouteComponent(() => import('./families/family-page.tsx'), 'FamilyPage'),
});

const foreign = createRoute({
  getParentRoute: () => frame,
  path: '/foreign',
  component: lazyRouteComponent(() => import('./foreign/foreign-page.tsx'), 'ForeignPage'),
});

const retroHuntList = createRoute({
  getParentRoute: () => frame,
  path: '/retro-hunts',
  component: lazyRouteComponent(() => import('./retro/retro-hunts-page.tsx'), 'RetroHuntsPage'),
});

const retroHunt = createRoute({
  getParentRoute: () => frame,
  path: '/retro-hunts/$id',
  component: lazyRouteComponent(() => import('./retro/retro-hunt-page.tsx'), 'RetroHuntPage'),
});

const scanner = createRoute({
  getParentRoute: () => frame,
  path: '/scanner',
  component: lazyRouteComponent(() => import('./scanner/scanner-page.tsx'), 'ScannerPage'),
});

const upload = createRoute({
  getParentRoute: () => frame,
  path: '/upload',
  component: lazyRouteComponent(() => import('./upload/upload-page.tsx'), 'UploadPage'),
});

/** Addresses of the public contract: what is told by other programs opens the right page here. */
const history = createRoute({
  getParentRoute: () => frame,
  path: '/history',
  beforeLoad: () => {
    throw redirect({ to: '/scans' });
  },
});

const fileAnalysis = createRoute({
  getParentRoute: () => frame,
  path: '/analyses/$id',
  validateSearch: subAnalysisSearch,
  component: lazyRouteComponent(() => import('./find/analysis-page.tsx'), 'AnalysisPage'),
});

const find = createRoute({
  getParentRoute: () => frame,
  path: '/search',
  validateSearch: findSearch,
  component: lazyRouteComponent(() => import('./find/find-page.tsx'), 'FindPage'),
});

const scans = createRoute({
  getParentRoute: () => frame,
  path: '/scans',
  validateSearch: scansSearch,
  component: lazyRouteComponent(() => import('./scans/scans-page.tsx'), 'ScansPage'),
});

const scan = createRoute({
  getParentRoute: () => frame,
  path: '/scans/$id',
  validateSearch: reportSearch,
  component: lazyRouteComponent(() => import('./report/report-page.tsx'), 'ReportPage'),
});

const acquit = createRoute({
  getParentRoute: () => frame,
  path: '/scans/$id/acquit',
  component: lazyRouteComponent(() => import('./acquit/acquit-page.tsx'), 'AcquitPage'),
});

const unknown = createRoute({
  getParentRoute: () => frame,
  path: '/unknown',
  validateSearch: unknownSearch,
  component: lazyRouteComponent(() => import('./unknown/unknown-page.tsx'), 'UnknownPage'),
});

const cluster = createRoute({
  getParentRoute: () => frame,
  path: '/unknown/$id',
  component: lazyRouteComponent(() => import('./unknown/cluster-page.tsx'), 'ClusterPage'),
});

const artifact = createRoute({
  getParentRoute: () => frame,
  path: '/artifacts/$sha256/$layout',
  validateSearch: artifactSearch,
  component: lazyRouteComponent(() => import('./artifact/artifact-page.tsx'), 'ArtifactPage'),
});

/** An address of the public contract. */
const file = createRoute({
  getParentRoute: () => frame,
  path: '/files/$sha256',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/artifacts/$sha256/$layout', params: { sha256: params.sha256, layout: 'file' } });
  },
});

const endpointAnalysis = createRoute({
  getParentRoute: () => frame,
  path: '/endpoint-analyses/$id',
  validateSearch: subAnalysisSearch,
  component: lazyRouteComponent(() => import('./find/analysis-page.tsx'), 'AnalysisPage'),
});

const huntList = createRoute({
  getParentRoute: () => frame,
  path: '/hunts',
  component: lazyRouteComponent(() => import('./hunts/hunts-page.tsx'), 'HuntsPage'),
});

const newHunt = createRoute({
  getParentRoute: () => frame,
  path: '/hunts/new',
  component: lazyRouteComponent(() => import('./hunts/new-hunt-page.tsx'), 'NewHuntPage'),
});

const hunt = createRoute({
  getParentRoute: () => frame,
  path: '/hunts/$id',
  validateSearch: huntSearch,
  component: lazyRouteComponent(() => import('./hunts/hunt-page.tsx'), 'HuntPage'),
});

/** Any other address, within the frame: who is lost can go on from there. */
const nowhere = createRoute({
  getParentRoute: () => frame,
  path: '$',
  component: NotFound,
});

const baseline = createRoute({
  getParentRoute: () => frame,
  path: '/baseline',
  component: lazyRouteComponent(() => import('./baseline/baseline-page.tsx'), 'BaselinePage'),
});

const genome = createRoute({
  getParentRoute: () => frame,
  path: '/genome',
  component: lazyRouteComponent(() => import('./genome/genome-page.tsx'), 'GenomePage'),
});

const settings = [
  createRoute({
    getParentRoute: () => frame,
    path: '/settings',
    component: lazyRouteComponent(() => import('./settings/account-page.tsx'), 'AccountPage'),
  }),
  createRoute({
    getParentRoute: () => frame,
    path: '/settings/users',
    component: lazyRouteComponent(() => import('./settings/users-page.tsx'), 'UsersPage'),
  }),
  createRoute({
    getParentRoute: () => frame,
    path: '/settings/keys',
    component: lazyRouteComponent(() => import('./settings/keys-page.tsx'), 'KeysPage'),
  }),
  createRoute({
    getParentRoute: () => frame,
    path: '/settings/notifications',
    component: lazyRouteComponent(() => import('./settings/notifications-page.tsx'), 'NotificationsPage'),
  }),
  createRoute({
    getParentRoute: () => frame,
    path: '/settings/publishers',
    component: lazyRouteComponent(() => import('./settings/publishers-page.tsx'), 'PublishersPage'),
  }),
  createRoute({
    getParentRoute: () => frame,
    path: '/settings/audit',
    component: lazyRouteComponent(() => import('./settings/audit-page.tsx'), 'AuditPage'),
  }),
  createRoute({
    getParentRoute: () => frame,
    path: '/settings/organisations',
    component: lazyRouteComponent(() => import('./settings/organisations-page.tsx'), 'OrganisationsPage'),
  }),
] as const;

export function createConsoleRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([
      signIn,
      providerSignIn,
      frame.addChildren([
        home,
        endpoints,
        endpoint,
        caseList,
        oneCase,
        find,
        retroHuntList,
        retroHunt,
        scanner,
        upload,
        history,
        fileAnalysis,
        familyList,
        family,
        foreign,
        artifact,
        file,
        endpointAnalysis,
        huntList,
        newHunt,
        hunt,
        scans,
        scan,
        acquit,
        unknown,
        cluster,
        baseline,
        genome,
        nowhere,
        ...settings,
      ]),
    ]),
    context: { queryClient },
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    // Another case, family or artifact begins afresh: what was typed or made for one never stands under another.
    defaultRemountDeps: ({ params }) => params,
    defaultPendingComponent: Loading,
    defaultErrorComponent: ({ error, reset }) => <Failed error={error} onAgain={reset} />,
    defaultNotFoundComponent: NotFound,
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
