import { z } from 'zod';
import { scanReport } from '../hunt-report.ts';
import { sha256Text } from '../scan/common.ts';
import { LAYOUTS, type Permission, ROLES, type Role } from '../vocabulary.ts';
import * as ac from './accounts.ts';
import { advice } from './advice.ts';
import * as au from './audit.ts';
import * as b from './baseline.ts';
import * as ca from './cases.ts';
import * as cs from './code-searches.ts';
import * as d from './decisions.ts';
import * as x from './explain.ts';
import * as fj from './failed-jobs.ts';
import * as fl from './fleet.ts';
import * as hu from './hunts.ts';
import * as n from './notifications.ts';
import * as p from './packs.ts';
import * as pu from './publishers.ts';
import * as re from './receipts.ts';
import * as r from './resources.ts';
import * as rt from './retention.ts';
import * as h from './retro-hunts.ts';
import * as ru from './runners.ts';
import * as se from './searches.ts';
import * as g from './signatures.ts';
import * as so from './sources.ts';
import { scanSurroundings } from './surroundings.ts';
import * as u from './unknown.ts';
import * as va from './vaccines.ts';
import { verdictHistory } from './verdict-history.ts';

/**
 * Who may use a route. `none`: anybody. `user`: no key, only a signed-in user with one of the roles. Else what an API
 * key needs, and `roles` is who of the signed-in may: by default `ROLES_OF` that permission.
 */
type Access =
  | { readonly permission: 'none' }
  | { readonly permission: Permission; readonly roles?: readonly Role[] }
  | { readonly permission: 'user'; readonly roles: readonly Role[] };

/** Every route of /api/v1. `body: 'bytes'` takes application/octet-stream. A new route without a rule does not compile. */
export type Route = Access & {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** Open to a user who has to replace an initial password before anything else. */
  readonly duringSetUp?: true;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType | 'bytes';
  /** Of a body of bytes, where it may be larger than one artifact. */
  readonly bytesLimit?: number;
  /** bytes: application/octet-stream, of any length. */
  /** events: text/event-stream, for as long as the server is up. */
  readonly answer: z.ZodType | 'bytes' | 'events';
};

/** Who of the signed-in may use a route, from the permission that a key needs for it. */
export const ROLES_OF: Readonly<Record<Permission, readonly Role[]>> = {
  scan: ROLES,
  read: ['administrator', 'analyst', 'viewer'],
  full: ['administrator', 'analyst'],
};
/** Who of the signed-in may use a route. */
export function rolesFor(route: Route): readonly Role[] {
  if (route.permission === 'none') return ROLES;
  return route.permission === 'user' ? route.roles : (route.roles ?? ROLES_OF[route.permission]);
}
/** Whether a repeated request gets the first one's answer by its Idempotency-Key; bytes are known by their hash. */
export function takesIdempotencyKey(route: Route): boolean {
  const answersJson = route.answer !== 'bytes' && route.answer !== 'events';
  return route.method !== 'GET' && route.permission !== 'none' && route.body !== 'bytes' && answersJson;
}
const ADMINISTRATION: readonly Role[] = ['administrator'];
const INSTALLATION: readonly Role[] = ['operator'];
/** Of routes for a scope: which scopes are open to whom, their handlers decide (`ownerOf`). */
const KNOWLEDGE: readonly Role[] = ['operator', 'administrator', 'analyst'];

const idParams = z.object({ id: r.id });
const artifactParams = z.object({ sha256: sha256Text, layout: z.enum(LAYOUTS) });

export const ROUTES = {
  getStatus: { method: 'GET', path: '/api/v1/status', permission: 'none', answer: r.status },
  signIn: { method: 'POST', path: '/api/v1/session', permission: 'none', body: ac.signIn, answer: r.me },
  signOut: { method: 'DELETE', path: '/api/v1/session', permission: 'none', answer: ac.signedOut },
  getSignInWays: { method: 'GET', path: '/api/v1/session/ways', permission: 'none', answer: ac.signInWays },
  beginProviderSignIn: {
    method: 'POST',
    path: '/api/v1/session/provider',
    permission: 'none',
    answer: ac.providerAddress,
  },
  endProviderSignIn: {
    method: 'POST',
    path: '/api/v1/session/provider/answer',
    permission: 'none',
    body: ac.providerAnswer,
    answer: r.me,
  },
  getMe: { method: 'GET', path: '/api/v1/me', permission: 'read', roles: ROLES, duringSetUp: true, answer: r.me },
  getOwnAccount: {
    method: 'GET',
    path: '/api/v1/me/account',
    permission: 'user',
    roles: ROLES,
    duringSetUp: true,
    answer: ac.ownAccount,
  },
  changePassword: {
    method: 'POST',
    path: '/api/v1/me/password',
    permission: 'user',
    roles: ROLES,
    duringSetUp: true,
    body: ac.newPassword,
    answer: z.object({}),
  },
  listSessions: {
    method: 'GET',
    path: '/api/v1/me/sessions',
    permission: 'user',
    roles: ROLES,
    answer: ac.sessionList,
  },
  endSession: {
    method: 'DELETE',
    path: '/api/v1/me/sessions/:id',
    permission: 'user',
    roles: ROLES,
    params: idParams,
    answer: z.object({}),
  },
  offerSecondFactor: {
    method: 'POST',
    path: '/api/v1/me/second-factor',
    permission: 'user',
    roles: ROLES,
    body: ac.withPassword,
    answer: ac.secondFactorOffer,
  },
  confirmSecondFactor: {
    method: 'POST',
    path: '/api/v1/me/second-factor/confirm',
    permission: 'user',
    roles: ROLES,
    body: ac.withCode,
    answer: ac.recoveryCodes,
  },
  removeSecondFactor: {
    method: 'POST',
    path: '/api/v1/me/second-factor/remove',
    permission: 'user',
    roles: ROLES,
    body: ac.withPasswordAndCode,
    answer: z.object({}),
  },
  listOrganisations: {
    method: 'GET',
    path: '/api/v1/organisations',
    permission: 'user',
    roles: INSTALLATION,
    answer: ac.organisationList,
  },
  createOrganisation: {
    method: 'POST',
    path: '/api/v1/organisations',
    permission: 'user',
    roles: INSTALLATION,
    body: ac.newOrganisation,
    answer: ac.createdOrganisation,
  },
  changeOrganisation: {
    method: 'POST',
    path: '/api/v1/organisations/:id',
    permission: 'user',
    roles: INSTALLATION,
    params: idParams,
    body: ac.changedOrganisation,
    answer: ac.organisation,
  },
  deleteOrganisation: {
    method: 'POST',
    path: '/api/v1/organisations/:id/delete',
    permission: 'user',
    roles: INSTALLATION,
    params: idParams,
    body: rt.organisationDeletion,
    answer: rt.deletedOrganisation,
  },
  getRetention: { method: 'GET', path: '/api/v1/retention', permission: 'read', answer: rt.retention },
  changeRetention: {
    method: 'POST',
    path: '/api/v1/retention',
    permission: 'full',
    roles: ['administrator'],
    body: rt.retentionPolicy.partial(),
    answer: rt.retention,
  },
  listHolds: { method: 'GET', path: '/api/v1/holds', permission: 'read', answer: rt.holdList },
  addHold: {
    method: 'POST',
    path: '/api/v1/holds',
    permission: 'full',
    roles: ['administrator'],
    body: rt.newHold,
    answer: rt.hold,
  },
  liftHold: {
    method: 'POST',
    path: '/api/v1/holds/:id/lift',
    permission: 'full',
    roles: ['administrator'],
    params: idParams,
    answer: rt.hold,
  },
  listUsers: {
    method: 'GET',
    path: '/api/v1/users',
    permission: 'full',
    roles: ADMINISTRATION,
    answer: ac.userList,
  },
  createUser: {
    method: 'POST',
    path: '/api/v1/users',
    permission: 'full',
    roles: ADMINISTRATION,
    body: ac.newUser,
    answer: ac.createdUser,
  },
  changeUser: {
    method: 'POST',
    path: '/api/v1/users/:id',
    permission: 'full',
    roles: ADMINISTRATION,
    params: idParams,
    body: ac.changedUser,
    answer: ac.user,
  },
  resetUser: {
    method: 'POST',
    path: '/api/v1/users/:id/reset',
    permission: 'full',
    roles: ADMINISTRATION,
    params: idParams,
    answer: ac.createdUser,
  },
  endUserSessions: {
    method: 'DELETE',
    path: '/api/v1/users/:id/sessions',
    permission: 'full',
    roles: ADMINISTRATION,
    params: idParams,
    answer: ac.user,
  },
  listKeys: {
    method: 'GET',
    path: '/api/v1/keys',
    permission: 'full',
    roles: ADMINISTRATION,
    answer: z.object({ items: z.array(r.key) }),
  },
  createKey: {
    method: 'POST',
    path: '/api/v1/keys',
    permission: 'full',
    roles: ADMINISTRATION,
    body: r.newKey,
    answer: r.createdKey,
  },
  revokeKey: {
    method: 'DELETE',
    path: '/api/v1/keys/:id',
    permission: 'full',
    roles: ADMINISTRATION,
    params: idParams,
    answer: r.key,
  },
  listHunts: { method: 'GET', path: '/api/v1/hunts', permission: 'read', answer: hu.huntList },
  createHunt: { method: 'POST', path: '/api/v1/hunts', permission: 'full', body: hu.newHunt, answer: hu.hunt },
  getHunt: { method: 'GET', path: '/api/v1/hunts/:id', permission: 'read', params: idParams, answer: hu.hunt },
  closeHunt: {
    method: 'POST',
    path: '/api/v1/hunts/:id/close',
    permission: 'full',
    params: idParams,
    answer: hu.hunt,
  },
  listRounds: {
    method: 'GET',
    path: '/api/v1/hunts/:id/rounds',
    permission: 'read',
    params: idParams,
    answer: hu.roundList,
  },
  openRound: {
    method: 'POST',
    path: '/api/v1/hunts/:id/rounds',
    permission: 'full',
    params: idParams,
    body: hu.newRound,
    answer: hu.huntRound,
  },
  getCoverage: {
    method: 'GET',
    path: '/api/v1/hunts/:id/coverage',
    permission: 'read',
    params: idParams,
    query: hu.roundQuery,
    answer: hu.coverage,
  },
  listTargets: {
    method: 'GET',
    path: '/api/v1/hunts/:id/targets',
    permission: 'read',
    params: idParams,
    query: hu.targetQuery,
    answer: hu.targetList,
  },
  changeTargets: {
    method: 'POST',
    path: '/api/v1/hunts/:id/targets',
    permission: 'full',
    params: idParams,
    body: hu.changedTargets,
    answer: hu.hunt,
  },
  createKit: {
    method: 'POST',
    path: '/api/v1/hunts/:id/kits',
    permission: 'full',
    params: idParams,
    body: hu.newKit,
    answer: 'bytes',
  },
  listHuntRuns: {
    method: 'GET',
    path: '/api/v1/hunts/:id/runs',
    permission: 'full',
    params: idParams,
    answer: ru.huntRunList,
  },
  listRunners: { method: 'GET', path: '/api/v1/runners', permission: 'read', answer: ru.runnerList },
  listScans: { method: 'GET', path: '/api/v1/scans', permission: 'read', query: r.scanQuery, answer: r.scanList },
  getScan: { method: 'GET', path: '/api/v1/scans/:id', permission: 'read', params: idParams, answer: r.scanSummary },
  getScanReport: {
    method: 'GET',
    path: '/api/v1/scans/:id/report',
    permission: 'read',
    params: idParams,
    answer: scanReport,
  },
  listScanProcesses: {
    method: 'GET',
    path: '/api/v1/scans/:id/processes',
    permission: 'read',
    params: idParams,
    answer: r.processList,
  },
  getScanReceipt: {
    method: 'GET',
    path: '/api/v1/scans/:id/receipt',
    permission: 'read',
    params: idParams,
    answer: re.scanReceipt,
  },
  getScanPart: {
    method: 'GET',
    path: '/api/v1/scans/:id/parts/:sha256',
    permission: 'read',
    params: idParams.extend({ sha256: sha256Text }),
    answer: 'bytes',
  },
  listReceiptKeys: { method: 'GET', path: '/api/v1/receipt-keys', permission: 'read', answer: re.receiptKeyList },
  rotateReceiptKey: {
    method: 'POST',
    path: '/api/v1/receipt-keys',
    permission: 'user',
    roles: INSTALLATION,
    answer: re.receiptKey,
  },
  listAudit: {
    method: 'GET',
    path: '/api/v1/audit',
    permission: 'full',
    roles: ADMINISTRATION,
    query: au.auditQuery,
    answer: au.auditList,
  },
  getScanSurroundings: {
    method: 'GET',
    path: '/api/v1/scans/:id/surroundings',
    permission: 'read',
    params: idParams,
    answer: scanSurroundings,
  },
  getScanAdvice: {
    method: 'GET',
    path: '/api/v1/scans/:id/advice',
    permission: 'read',
    params: idParams,
    answer: advice,
  },
  exportCase: {
    method: 'POST',
    path: '/api/v1/scans/:id/case',
    permission: 'full',
    params: idParams,
    body: ca.newExport,
    answer: 'bytes',
  },
  followEvents: { method: 'GET', path: '/api/v1/events', permission: 'read', answer: 'events' },
  listSearches: { method: 'GET', path: '/api/v1/searches', permission: 'read', answer: se.searchList },
  saveSearch: {
    method: 'POST',
    path: '/api/v1/searches',
    permission: 'full',
    body: se.newSearch,
    answer: se.savedSearch,
  },
  removeSearch: {
    method: 'DELETE',
    path: '/api/v1/searches/:id',
    permission: 'full',
    params: idParams,
    answer: z.object({}),
  },
  listCodeSearches: {
    method: 'GET',
    path: '/api/v1/code-searches',
    permission: 'read',
    query: r.page,
    answer: cs.codeSearchList,
  },
  searchCode: {
    method: 'POST',
    path: '/api/v1/code-searches',
    permission: 'full',
    body: cs.newCodeSearch,
    answer: cs.codeSearch,
  },
  getCodeSearch: {
    method: 'GET',
    path: '/api/v1/code-searches/:id',
    permission: 'read',
    params: idParams,
    answer: cs.codeSearch,
  },
  listCodeHits: {
    method: 'GET',
    path: '/api/v1/code-searches/:id/hits',
    permission: 'read',
    params: idParams,
    query: cs.codeHitQuery,
    answer: cs.codeHitList,
  },
  removeCodeSearch: {
    method: 'DELETE',
    path: '/api/v1/code-searches/:id',
    permission: 'full',
    params: idParams,
    answer: z.object({}),
  },
  makeVaccine: {
    method: 'POST',
    path: '/api/v1/vaccines',
    permission: 'full',
    body: va.newVaccine,
    answer: va.vaccine,
  },
  getFamilyFacts: {
    method: 'GET',
    path: '/api/v1/families/:id/facts',
    permission: 'read',
    params: idParams,
    answer: ca.familyFactsAnswer,
  },
  changeFamilyFacts: {
    method: 'POST',
    path: '/api/v1/families/:id/facts',
    permission: 'full',
    params: idParams,
    body: ca.newFamilyFacts,
    answer: ca.familyFactsAnswer,
  },
  listCases: { method: 'GET', path: '/api/v1/cases', permission: 'read', query: ca.caseQuery, answer: ca.caseList },
  getCase: { method: 'GET', path: '/api/v1/cases/:id', permission: 'read', params: idParams, answer: ca.caseDetails },
  changeCase: {
    method: 'POST',
    path: '/api/v1/cases',
    permission: 'full',
    body: ca.caseChange,
    answer: ca.caseDetails,
  },
  getArtifact: {
    method: 'GET',
    path: '/api/v1/artifacts/:sha256/:layout',
    permission: 'read',
    params: artifactParams,
    answer: r.artifact,
  },
  analyseArtifact: {
    method: 'POST',
    path: '/api/v1/artifacts',
    permission: 'full',
    query: r.artifactQuery,
    body: 'bytes',
    answer: r.artifact,
  },
  listFamilies: { method: 'GET', path: '/api/v1/families', permission: 'read', roles: ROLES, answer: r.familyList },
  getGenome: { method: 'GET', path: '/api/v1/genome', permission: 'read', roles: ROLES, answer: r.genomeStatus },
  addSample: {
    method: 'POST',
    path: '/api/v1/genome/samples',
    permission: 'full',
    roles: KNOWLEDGE,
    query: r.sampleQuery,
    body: 'bytes',
    answer: r.sample,
  },
  findKnownSamples: {
    method: 'POST',
    path: '/api/v1/genome/samples/known',
    permission: 'full',
    roles: KNOWLEDGE,
    body: r.knownQuery,
    answer: r.knownAnswer,
  },
  listLabels: {
    method: 'GET',
    path: '/api/v1/labels',
    permission: 'read',
    query: d.labelQuery,
    answer: d.labelList,
  },
  revokeLabel: {
    method: 'POST',
    path: '/api/v1/labels/:id/revoke',
    permission: 'full',
    params: idParams,
    body: d.withReason,
    answer: d.label,
  },
  listDecisions: {
    method: 'GET',
    path: '/api/v1/decisions',
    permission: 'read',
    query: r.page,
    answer: d.decisionList,
  },
  getDecision: {
    method: 'GET',
    path: '/api/v1/decisions/:id',
    permission: 'read',
    params: idParams,
    answer: d.decision,
  },
  decide: {
    method: 'POST',
    path: '/api/v1/decisions',
    permission: 'full',
    body: d.newDecision,
    answer: d.decided,
  },
  previewDecision: {
    method: 'POST',
    path: '/api/v1/decisions/preview',
    permission: 'read',
    body: d.newDecision,
    answer: d.decisionPreview,
  },
  undoDecision: {
    method: 'POST',
    path: '/api/v1/decisions/:id/undo',
    permission: 'full',
    params: idParams,
    body: d.withReason,
    answer: d.decision,
  },
  listConflicts: { method: 'GET', path: '/api/v1/conflicts', permission: 'read', answer: d.conflictList },
  listRetroHunts: {
    method: 'GET',
    path: '/api/v1/retro-hunts',
    permission: 'read',
    query: r.page,
    answer: h.retroHuntList,
  },
  getRetroHunt: {
    method: 'GET',
    path: '/api/v1/retro-hunts/:id',
    permission: 'read',
    params: idParams,
    answer: h.retroHunt,
  },
  listRetroHuntChanges: {
    method: 'GET',
    path: '/api/v1/retro-hunts/:id/changes',
    permission: 'read',
    params: idParams,
    answer: h.retroHuntChanges,
  },
  previewAcquittal: {
    method: 'GET',
    path: '/api/v1/scans/:id/acquittal',
    permission: 'read',
    params: idParams,
    answer: b.acquittalPreview,
  },
  acquitEndpoint: {
    method: 'POST',
    path: '/api/v1/scans/:id/acquittal',
    permission: 'full',
    params: idParams,
    body: b.newAcquittal,
    answer: b.acquitted,
  },
  listSources: { method: 'GET', path: '/api/v1/sources', permission: 'read', roles: ROLES, answer: p.sourceList },
  addSource: {
    method: 'POST',
    path: '/api/v1/sources',
    permission: 'full',
    roles: KNOWLEDGE,
    body: so.newSource,
    answer: p.source,
  },
  addKnownFiles: {
    method: 'POST',
    path: '/api/v1/sources/:id/files',
    permission: 'full',
    roles: KNOWLEDGE,
    params: so.sourceParams,
    body: so.newKnownFiles,
    answer: so.addedKnownFiles,
  },
  revokeSource: {
    method: 'POST',
    path: '/api/v1/sources/:id/revoke',
    permission: 'full',
    roles: KNOWLEDGE,
    params: idParams,
    body: d.withReason,
    answer: p.source,
  },
  importPack: {
    method: 'POST',
    path: '/api/v1/packs',
    permission: 'full',
    roles: KNOWLEDGE,
    query: p.packQuery,
    body: 'bytes',
    bytesLimit: 2 ** 36,
    answer: p.importedPack,
  },
  exportPack: {
    method: 'GET',
    path: '/api/v1/packs',
    permission: 'full',
    roles: KNOWLEDGE,
    query: p.exportQuery,
    answer: 'bytes',
  },
  listPackSigners: {
    method: 'GET',
    path: '/api/v1/packs/signers',
    permission: 'read',
    roles: ROLES,
    answer: p.signerList,
  },
  addPackSigner: {
    method: 'POST',
    path: '/api/v1/packs/signers',
    permission: 'full',
    roles: KNOWLEDGE,
    body: p.newSigner,
    answer: p.signer,
  },
  removePackSigner: {
    method: 'DELETE',
    path: '/api/v1/packs/signers/:publicKey',
    permission: 'full',
    roles: KNOWLEDGE,
    params: p.signerParams,
    query: p.packQuery,
    answer: z.object({}),
  },
  listUnknown: {
    method: 'GET',
    path: '/api/v1/unknown',
    permission: 'read',
    query: u.clusterQuery,
    answer: u.clusterList,
  },
  getUnknown: {
    method: 'GET',
    path: '/api/v1/unknown/:id',
    permission: 'read',
    params: idParams,
    answer: u.clusterDetails,
  },
  decideUnknown: {
    method: 'POST',
    path: '/api/v1/unknown/:id/decision',
    permission: 'full',
    params: idParams,
    body: u.clusterDecision,
    answer: u.clusterDecided,
  },
  addSignatures: {
    method: 'POST',
    path: '/api/v1/signatures',
    permission: 'user',
    roles: INSTALLATION,
    body: g.newSignatures,
    answer: g.addedSignatures,
  },
  listSignatures: {
    method: 'GET',
    path: '/api/v1/signatures',
    permission: 'read',
    roles: ROLES,
    query: g.signatureQuery,
    answer: g.signatureList,
  },
  getSignatureStatus: {
    method: 'GET',
    path: '/api/v1/signatures/status',
    permission: 'read',
    roles: ROLES,
    answer: g.signatureStatus,
  },
  withdrawSignatures: {
    method: 'POST',
    path: '/api/v1/signatures/withdraw',
    permission: 'user',
    roles: INSTALLATION,
    body: g.withdrawal,
    answer: g.withdrawn,
  },
  listPublishers: { method: 'GET', path: '/api/v1/publishers', permission: 'read', answer: pu.publisherList },
  listSeenSigners: { method: 'GET', path: '/api/v1/publishers/seen', permission: 'read', answer: pu.seenSigners },
  addPublisher: {
    method: 'POST',
    path: '/api/v1/publishers',
    permission: 'full',
    roles: ADMINISTRATION,
    body: pu.newPublisher,
    answer: pu.publisher,
  },
  removePublisher: {
    method: 'POST',
    path: '/api/v1/publishers/:id/remove',
    permission: 'full',
    roles: ADMINISTRATION,
    params: idParams,
    body: d.withReason,
    answer: pu.publisher,
  },
  listCatalogs: {
    method: 'GET',
    path: '/api/v1/catalogs',
    permission: 'read',
    roles: ROLES,
    query: pu.catalogPage,
    answer: pu.catalogList,
  },
  addCatalog: {
    method: 'POST',
    path: '/api/v1/catalogs',
    permission: 'full',
    roles: KNOWLEDGE,
    query: pu.catalogQuery,
    body: 'bytes',
    answer: pu.addedCatalog,
  },
  removeCatalog: {
    method: 'POST',
    path: '/api/v1/catalogs/:id/remove',
    permission: 'full',
    roles: KNOWLEDGE,
    params: idParams,
    body: d.withReason,
    answer: pu.catalog,
  },
  listChannels: {
    method: 'GET',
    path: '/api/v1/channels',
    permission: 'full',
    roles: ADMINISTRATION,
    answer: n.channelList,
  },
  addChannel: {
    method: 'POST',
    path: '/api/v1/channels',
    permission: 'full',
    roles: ADMINISTRATION,
    body: n.newChannel,
    answer: n.addedChannel,
  },
  removeChannel: {
    method: 'DELETE',
    path: '/api/v1/channels/:id',
    permission: 'full',
    roles: ADMINISTRATION,
    params: idParams,
    answer: z.object({}),
  },
  testChannel: {
    method: 'POST',
    path: '/api/v1/channels/:id/test',
    permission: 'full',
    roles: ADMINISTRATION,
    params: idParams,
    answer: n.notification,
  },
  listNotifications: {
    method: 'GET',
    path: '/api/v1/notifications',
    permission: 'read',
    query: n.notificationQuery,
    answer: n.notificationList,
  },
  listArtifactFunctions: {
    method: 'GET',
    path: '/api/v1/artifacts/:sha256/:layout/functions',
    permission: 'read',
    params: artifactParams,
    query: x.functionQuery,
    answer: x.functionList,
  },
  getFunctionCode: {
    method: 'GET',
    path: '/api/v1/artifacts/:sha256/:layout/functions/:number/code',
    permission: 'read',
    params: artifactParams.extend({ number: z.coerce.number().int().min(0).max(0xffff_ffff) }),
    query: x.functionCodeQuery,
    answer: x.functionCode,
  },
  listRelatedArtifacts: {
    method: 'GET',
    path: '/api/v1/artifacts/:sha256/:layout/related',
    permission: 'read',
    params: artifactParams,
    query: x.relatedQuery,
    answer: x.relatedList,
  },
  listArtifactStrings: {
    method: 'GET',
    path: '/api/v1/artifacts/:sha256/:layout/strings',
    permission: 'read',
    params: artifactParams,
    answer: x.stringList,
  },
  listFailedJobs: {
    method: 'GET',
    path: '/api/v1/failed-jobs',
    permission: 'read',
    roles: ROLES,
    query: fj.failedJobQuery,
    answer: fj.failedJobList,
  },
  retryFailedJob: {
    method: 'POST',
    path: '/api/v1/failed-jobs/:id/retry',
    permission: 'full',
    roles: ['operator', 'administrator', 'analyst'],
    params: idParams,
    answer: fj.failedJob,
  },
  dismissFailedJob: {
    method: 'POST',
    path: '/api/v1/failed-jobs/:id/dismiss',
    permission: 'full',
    roles: ['operator', 'administrator', 'analyst'],
    params: idParams,
    answer: fj.failedJob,
  },
  getOverview: { method: 'GET', path: '/api/v1/overview', permission: 'read', answer: fl.overview },
  getActivity: { method: 'GET', path: '/api/v1/activity', permission: 'read', answer: fl.activity },
  search: { method: 'GET', path: '/api/v1/search', permission: 'read', query: fl.searchQuery, answer: fl.found },
  listEndpoints: {
    method: 'GET',
    path: '/api/v1/endpoints',
    permission: 'read',
    query: fl.endpointQuery,
    answer: fl.endpointList,
  },
  getEndpoint: {
    method: 'GET',
    path: '/api/v1/endpoints/:id',
    permission: 'read',
    params: idParams,
    answer: fl.endpoint,
  },
  getScanChanges: {
    method: 'GET',
    path: '/api/v1/scans/:id/changes',
    permission: 'read',
    params: idParams,
    answer: fl.scanChanges,
  },
  listForeign: {
    method: 'GET',
    path: '/api/v1/foreign',
    permission: 'read',
    query: fl.foreignQuery,
    answer: fl.foreignList,
  },
  getFamily: {
    method: 'GET',
    path: '/api/v1/families/:id',
    permission: 'read',
    params: idParams,
    answer: fl.familyDetails,
  },
  listArtifactSightings: {
    method: 'GET',
    path: '/api/v1/artifacts/:sha256/:layout/sightings',
    permission: 'read',
    params: artifactParams,
    answer: fl.sightingList,
  },
  listVerdictHistory: {
    method: 'GET',
    path: '/api/v1/artifacts/:sha256/:layout/history',
    permission: 'read',
    params: artifactParams,
    answer: verdictHistory,
  },
  findAnalysis: {
    method: 'GET',
    path: '/api/v1/analyses/:id',
    permission: 'read',
    params: idParams,
    query: fl.analysisQuery,
    answer: fl.analysisLink,
  },
  listScanners: { method: 'GET', path: '/api/v1/scanners', permission: 'read', answer: fl.scannerList },
  downloadScanner: {
    method: 'GET',
    path: '/api/v1/scanners/:platform',
    permission: 'read',
    params: fl.scannerParams,
    answer: 'bytes',
  },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof ROUTES;
