// Generated from docs/openapi.json by scripts/api-types.mjs. Do not edit.

export type GetAgentsListenerResponse = { url: string; authority: string }
export type SignInRequest = { user_name: string; password: string }
export type SignInResponse = { csrf_token: string; must_change_password: boolean; expires_at: string; user: { id: string; organization_id: string; name: string; display_name: string; status: "active" | "suspended"; must_change_password: boolean; roles: Array<{ organization_id: string; role: "operator" | "provider" | "consumer" | "auditor" | "programme_office" }>; version: number; created_at: string; updated_at: string; last_sign_in_at?: string | null } }
export type GetMeResponse = { kind: "anonymous" | "user" | "api_key" | "agent" | "system"; id: string; name: string; organization_id: string; project_id?: string | null; roles: Array<{ organization_id: string; role: "operator" | "provider" | "consumer" | "auditor" | "programme_office" }>; scopes: Array<"*" | "gateway:call" | "model:read" | "model:write" | "file:read" | "file:write" | "job:read" | "job:write" | "site:read" | "site:write" | "data:read" | "data:write" | "product:read" | "product:write" | "order:read" | "order:write" | "usage:read" | "usage:write" | "ledger:read" | "ledger:write" | "evaluation:read" | "evaluation:write" | "programme:read" | "programme:write" | "event:read" | "organization:read" | "organization:write" | "user:read" | "user:write" | "key:read" | "key:write" | "agent:read" | "agent:write" | "agent:connect" | "platform:read" | "platform:write">; csrf_token?: string | null; user?: { id: string; organization_id: string; name: string; display_name: string; status: "active" | "suspended"; must_change_password: boolean; roles: Array<{ organization_id: string; role: "operator" | "provider" | "consumer" | "auditor" | "programme_office" }>; version: number; created_at: string; updated_at: string; last_sign_in_at?: string | null } | { id: string; organization_id: string; name: string; display_name: string; status: "active" | "suspended"; must_change_password: boolean; roles: Array<{ organization_id: string; role: "operator" | "provider" | "consumer" | "auditor" | "programme_office" }>; version: number; created_at: string; updated_at: string; last_sign_in_at?: string | null } }
export type ChangeMyPasswordRequest = { present_password: string; new_password: string }
export type ChangeMyPasswordResponse = { id: string; organization_id: string; name: string; display_name: string; status: "active" | "suspended"; must_change_password: boolean; roles: Array<{ organization_id: string; role: "operator" | "provider" | "consumer" | "auditor" | "programme_office" }>; version: number; created_at: string; updated_at: string; last_sign_in_at?: string | null }
export type ListSessionsResponse = { id: string; user_id: string; organization_id: string; peer: string; created_at: string; last_seen_at: string; expires_at: string }
export type ListScopesResponse = { name: string; en: string; zh: string }
export type ListOrganizationsResponse = { id: string; parent_id?: string | null; name: string; kind: "platform" | "government" | "company" | "institution"; status: "active" | "suspended"; version: number; created_at: string; updated_at: string }
export type CreateOrganizationRequest = { id?: string | null; parent_id: string; name: string; kind: "platform" | "government" | "company" | "institution" }
export type CreateOrganizationResponse = { id: string; parent_id?: string | null; name: string; kind: "platform" | "government" | "company" | "institution"; status: "active" | "suspended"; version: number; created_at: string; updated_at: string }
export type GetOrganizationResponse = { id: string; parent_id?: string | null; name: string; kind: "platform" | "government" | "company" | "institution"; status: "active" | "suspended"; version: number; created_at: string; updated_at: string }
export type UpdateOrganizationRequest = { name?: string | null; kind?: "platform" | "government" | "company" | "institution" | null; status?: "active" | "suspended" | null; parent_id?: string | null }
export type UpdateOrganizationResponse = { id: string; parent_id?: string | null; name: string; kind: "platform" | "government" | "company" | "institution"; status: "active" | "suspended"; version: number; created_at: string; updated_at: string }
export type ListProjectsResponse = { id: string; organization_id: string; name: string; description: string; status: "active" | "suspended"; version: number; created_at: string; updated_at: string }
export type CreateProjectRequest = { id?: string | null; organization_id: string; name: string; description?: string | null }
export type CreateProjectResponse = { id: string; organization_id: string; name: string; description: string; status: "active" | "suspended"; version: number; created_at: string; updated_at: string }
export type GetProjectResponse = { id: string; organization_id: string; name: string; description: string; status: "active" | "suspended"; version: number; created_at: string; updated_at: string }
export type UpdateProjectRequest = { name?: string | null; description?: string | null; status?: "active" | "suspended" | null }
export type UpdateProjectResponse = { id: string; organization_id: string; name: string; description: string; status: "active" | "suspended"; version: number; created_at: string; updated_at: string }
export type ListUsersResponse = { id: string; organization_id: string; name: string; display_name: string; status: "active" | "suspended"; must_change_password: boolean; roles: Array<{ organization_id: string; role: "operator" | "provider" | "consumer" | "auditor" | "programme_office" }>; version: number; created_at: string; updated_at: string; last_sign_in_at?: string | null }
export type CreateUserRequest = { id?: string | null; organization_id: string; name: string; display_name?: string | null; roles?: Array<{ organization_id: string; role: "operator" | "provider" | "consumer" | "auditor" | "programme_office" }> | null }
export type CreateUserResponse = { id: string; organization_id: string; name: string; display_name: string; status: "active" | "suspended"; must_change_password: boolean; roles: Array<{ organization_id: string; role: "operator" | "provider" | "consumer" | "auditor" | "programme_office" }>; version: number; created_at: string; updated_at: string; last_sign_in_at?: string | null; password?: string | null }
export type GetUserResponse = { id: string; organization_id: string; name: string; display_name: string; status: "active" | "suspended"; must_change_password: boolean; roles: Array<{ organization_id: string; role: "operator" | "provider" | "consumer" | "auditor" | "programme_office" }>; version: number; created_at: string; updated_at: string; last_sign_in_at?: string | null }
export type UpdateUserRequest = { display_name?: string | null; status?: "active" | "suspended" | null }
export type UpdateUserResponse = { id: string; organization_id: string; name: string; display_name: string; status: "active" | "suspended"; must_change_password: boolean; roles: Array<{ organization_id: string; role: "operator" | "provider" | "consumer" | "auditor" | "programme_office" }>; version: number; created_at: string; updated_at: string; last_sign_in_at?: string | null }
export type SetUserRolesRequest = { roles: Array<{ organization_id: string; role: "operator" | "provider" | "consumer" | "auditor" | "programme_office" }> }
export type SetUserRolesResponse = { id: string; organization_id: string; name: string; display_name: string; status: "active" | "suspended"; must_change_password: boolean; roles: Array<{ organization_id: string; role: "operator" | "provider" | "consumer" | "auditor" | "programme_office" }>; version: number; created_at: string; updated_at: string; last_sign_in_at?: string | null }
export type ResetUserPasswordResponse = { id: string; organization_id: string; name: string; display_name: string; status: "active" | "suspended"; must_change_password: boolean; roles: Array<{ organization_id: string; role: "operator" | "provider" | "consumer" | "auditor" | "programme_office" }>; version: number; created_at: string; updated_at: string; last_sign_in_at?: string | null; password?: string | null }
export type ListKeysResponse = { id: string; organization_id: string; project_id?: string | null; name: string; role: "operator" | "provider" | "consumer" | "auditor" | "programme_office"; scopes: Array<"*" | "gateway:call" | "model:read" | "model:write" | "file:read" | "file:write" | "job:read" | "job:write" | "site:read" | "site:write" | "data:read" | "data:write" | "product:read" | "product:write" | "order:read" | "order:write" | "usage:read" | "usage:write" | "ledger:read" | "ledger:write" | "evaluation:read" | "evaluation:write" | "programme:read" | "programme:write" | "event:read" | "organization:read" | "organization:write" | "user:read" | "user:write" | "key:read" | "key:write" | "agent:read" | "agent:write" | "agent:connect" | "platform:read" | "platform:write">; made_by?: string | null; replaces?: string | null; created_at: string; expires_at?: string | null; revoked_at?: string | null; last_used_at?: string | null; version: number }
export type CreateKeyRequest = { id?: string | null; organization_id?: string | null; project_id?: string | null; name: string; role?: "operator" | "provider" | "consumer" | "auditor" | "programme_office" | null; scopes: Array<"*" | "gateway:call" | "model:read" | "model:write" | "file:read" | "file:write" | "job:read" | "job:write" | "site:read" | "site:write" | "data:read" | "data:write" | "product:read" | "product:write" | "order:read" | "order:write" | "usage:read" | "usage:write" | "ledger:read" | "ledger:write" | "evaluation:read" | "evaluation:write" | "programme:read" | "programme:write" | "event:read" | "organization:read" | "organization:write" | "user:read" | "user:write" | "key:read" | "key:write" | "agent:read" | "agent:write" | "agent:connect" | "platform:read" | "platform:write">; expires_at?: string | null }
export type CreateKeyResponse = { id: string; organization_id: string; project_id?: string | null; name: string; role: "operator" | "provider" | "consumer" | "auditor" | "programme_office"; scopes: Array<"*" | "gateway:call" | "model:read" | "model:write" | "file:read" | "file:write" | "job:read" | "job:write" | "site:read" | "site:write" | "data:read" | "data:write" | "product:read" | "product:write" | "order:read" | "order:write" | "usage:read" | "usage:write" | "ledger:read" | "ledger:write" | "evaluation:read" | "evaluation:write" | "programme:read" | "programme:write" | "event:read" | "organization:read" | "organization:write" | "user:read" | "user:write" | "key:read" | "key:write" | "agent:read" | "agent:write" | "agent:connect" | "platform:read" | "platform:write">; made_by?: string | null; replaces?: string | null; created_at: string; expires_at?: string | null; revoked_at?: string | null; last_used_at?: string | null; version: number; key?: string | null }
export type GetKeyResponse = { id: string; organization_id: string; project_id?: string | null; name: string; role: "operator" | "provider" | "consumer" | "auditor" | "programme_office"; scopes: Array<"*" | "gateway:call" | "model:read" | "model:write" | "file:read" | "file:write" | "job:read" | "job:write" | "site:read" | "site:write" | "data:read" | "data:write" | "product:read" | "product:write" | "order:read" | "order:write" | "usage:read" | "usage:write" | "ledger:read" | "ledger:write" | "evaluation:read" | "evaluation:write" | "programme:read" | "programme:write" | "event:read" | "organization:read" | "organization:write" | "user:read" | "user:write" | "key:read" | "key:write" | "agent:read" | "agent:write" | "agent:connect" | "platform:read" | "platform:write">; made_by?: string | null; replaces?: string | null; created_at: string; expires_at?: string | null; revoked_at?: string | null; last_used_at?: string | null; version: number }
export type RotateKeyRequest = { id?: string | null; old_valid_until?: string | null }
export type RotateKeyResponse = { id: string; organization_id: string; project_id?: string | null; name: string; role: "operator" | "provider" | "consumer" | "auditor" | "programme_office"; scopes: Array<"*" | "gateway:call" | "model:read" | "model:write" | "file:read" | "file:write" | "job:read" | "job:write" | "site:read" | "site:write" | "data:read" | "data:write" | "product:read" | "product:write" | "order:read" | "order:write" | "usage:read" | "usage:write" | "ledger:read" | "ledger:write" | "evaluation:read" | "evaluation:write" | "programme:read" | "programme:write" | "event:read" | "organization:read" | "organization:write" | "user:read" | "user:write" | "key:read" | "key:write" | "agent:read" | "agent:write" | "agent:connect" | "platform:read" | "platform:write">; made_by?: string | null; replaces?: string | null; created_at: string; expires_at?: string | null; revoked_at?: string | null; last_used_at?: string | null; version: number; key?: string | null }
export type ListEnrollmentTokensResponse = { id: string; organization_id: string; site_name: string; made_by?: string | null; created_at: string; expires_at: string; revoked_at?: string | null; used_at?: string | null; agent_id?: string | null }
export type CreateEnrollmentTokenRequest = { id?: string | null; organization_id?: string | null; site_name: string; expires_at?: string | null }
export type CreateEnrollmentTokenResponse = { id: string; organization_id: string; site_name: string; made_by?: string | null; created_at: string; expires_at: string; revoked_at?: string | null; used_at?: string | null; agent_id?: string | null; token?: string | null }
export type ListAgentsResponse = { id: string; organization_id: string; site_name: string; enrolled_at: string; certificate_expires_at: string; revoked_at?: string | null; version: number }
export type GetAgentResponse = { id: string; organization_id: string; site_name: string; enrolled_at: string; certificate_expires_at: string; revoked_at?: string | null; version: number }
export type Event = { sequence: number; type: string; subject: string; organization_id?: string | null; project_id?: string | null; time: string; actor: { kind: "anonymous" | "user" | "api_key" | "agent" | "system"; id?: string | null; name: string }; data: Record<string, unknown> }
export type ProveEventResponse = { event: { sequence: number; type: string; subject: string; organization_id?: string | null; project_id?: string | null; time: string; actor: { kind: "anonymous" | "user" | "api_key" | "agent" | "system"; id?: string | null; name: string }; data: Record<string, unknown> }; entry: string; leaf_index: number; leaf_hash: string; hashes: Array<string>; checkpoint: { size: number; root: string; time: string; note: string } }
export type Checkpoint = { size: number; root: string; time: string; note: string }
export type ProveConsistencyResponse = { from: { size: number; root: string; time: string; note: string }; to: { size: number; root: string; time: string; note: string }; hashes: Array<string> }
export type GetTrustResponse = { origin: string; suite: "intl" | "sm"; digest: "sha256" | "sm3"; public_key: string; public_key_pem: string; verifier_key: string }
export type ListAccountsResponse = { id: string; organization_id: string; project_id?: string | null; unit: string; code: "wallet" | "revenue" | "provider_payable" | "cash" | "clearing" | "credit_line" | "voucher_issue" | "tax_payable" | "fee" | "rounding" | "usage" | "suspense"; normal_side: "debit" | "credit"; overdraft: "allowed" | "refused"; name: string; created_at: string; balances: { posted: string; available: string; debits_posted: string; debits_pending: string; credits_posted: string; credits_pending: string } }
export type GetAccountResponse = { id: string; organization_id: string; project_id?: string | null; unit: string; code: "wallet" | "revenue" | "provider_payable" | "cash" | "clearing" | "credit_line" | "voucher_issue" | "tax_payable" | "fee" | "rounding" | "usage" | "suspense"; normal_side: "debit" | "credit"; overdraft: "allowed" | "refused"; name: string; created_at: string; balances: { posted: string; available: string; debits_posted: string; debits_pending: string; credits_posted: string; credits_pending: string } }
export type ListEntriesResponse = { transfer_id: string; sequence: number; kind: "post" | "hold" | "capture" | "release" | "expiry"; code: "top_up" | "charge" | "settlement" | "fee" | "tax" | "refund" | "payout" | "credit_grant" | "voucher_grant" | "voucher_use" | "rounding" | "adjustment" | "reversal" | "opening"; side: "debit" | "credit"; other_account_id: string; amount: string; hold_id?: string | null; reference?: string | null; reference_text: string; created_at: string; balances: { posted: string; available: string; debits_posted: string; debits_pending: string; credits_posted: string; credits_pending: string } }
export type GetTransferResponse = { id: string; sequence: number; kind: "post" | "hold" | "capture" | "release" | "expiry"; code: "top_up" | "charge" | "settlement" | "fee" | "tax" | "refund" | "payout" | "credit_grant" | "voucher_grant" | "voucher_use" | "rounding" | "adjustment" | "reversal" | "opening"; debit_account_id: string; credit_account_id: string; amount: string; unit: string; hold_id?: string | null; hold_state?: "open" | "captured" | "released" | "expired" | null; reference?: string | null; reference_text: string; created_at: string; expires_at?: string | null; debit_after?: { posted: string; available: string; debits_posted: string; debits_pending: string; credits_posted: string; credits_pending: string } | { posted: string; available: string; debits_posted: string; debits_pending: string; credits_posted: string; credits_pending: string }; credit_after?: { posted: string; available: string; debits_posted: string; debits_pending: string; credits_posted: string; credits_pending: string } | { posted: string; available: string; debits_posted: string; debits_pending: string; credits_posted: string; credits_pending: string } }
export type GetTrialBalanceResponse = { sequence: number; as_of: string; balanced: boolean; lines: Array<{ unit: string; debits_posted: string; credits_posted: string; debits_pending: string; credits_pending: string; difference: string }> }
export type Metric = { name: string; title: { en: string; zh: string }; unit: string; evidence: "signed" | "booked" | "metered" | "logged" | "observed"; freshness_s: number; fold: "total" | "level" | "share"; prometheus: string; known_since?: string | null; newest: string; description: { en: string; zh: string }; dimensions: Array<{ name: string; title: { en: string; zh: string } }>; source: { en: string; zh: string } }
export type GetMetricValueResponse = { name: string; as_of: string; known: boolean; unit: string; inputs: number; inputs_hash: string; scope: "platform" | "organizations"; evidence: "signed" | "booked" | "metered" | "logged" | "observed"; freshness_s: number; known_since?: string | null; values: Array<{ labels: unknown; value: number; amount?: Money | null }>; source: { en: string; zh: string } }
export type GetMetricSeriesResponse = { name: string; unit: string; scope: "platform" | "organizations"; evidence: "signed" | "booked" | "metered" | "logged" | "observed"; known_since?: string | null; points: Array<{ at: string; values: Array<{ labels: unknown; value: number; amount?: Money | null }>; inputs: number; inputs_hash: string }> }
export type ListProductsResponse = { id: string; provider: string; kind: "model" | "compute"; name: string; subject: string; grade: string; created_at: string; prices?: Array<{ id: string; meter: string; amount: Money; per: number; unit: "token" | "byte" | "byte_s" | "card_ms" | "core_ms" | "request"; valid_from: string; author: string }> | null }
export type GetProductResponse = { id: string; provider: string; kind: "model" | "compute"; name: string; subject: string; grade: string; created_at: string; prices?: Array<{ id: string; meter: string; amount: Money; per: number; unit: "token" | "byte" | "byte_s" | "card_ms" | "core_ms" | "request"; valid_from: string; author: string }> | null }
export type CreatePriceRequest = { meter: string; amount: Money; per: number; unit: "token" | "byte" | "byte_s" | "card_ms" | "core_ms" | "request"; valid_from?: string | null }
export type CreatePriceResponse = { id: string; meter: string; amount: Money; per: number; unit: "token" | "byte" | "byte_s" | "card_ms" | "core_ms" | "request"; valid_from: string; author: string }
export type GetWalletResponse = { project: string; account: string; balance: Money; held: Money; available: Money; credit_limit: Money; version: number }
export type TopUpWalletRequest = { id?: string | null; amount: Money; reference?: string | null }
export type TopUpWalletResponse = { project: string; account: string; balance: Money; held: Money; available: Money; credit_limit: Money; version: number }
export type SetCreditLimitRequest = { limit: Money }
export type SetCreditLimitResponse = { project: string; account: string; balance: Money; held: Money; available: Money; credit_limit: Money; version: number }
export type ListUsageRecordsResponse = { id: string; product: string; meter: string; subject: string; project: string; quantity: number; unit: "token" | "byte" | "byte_s" | "card_ms" | "core_ms" | "request"; window_start: string; window_end: string; usage_source: "provider" | "partial" | "estimated" | "measured"; evidence: unknown; price: string; amount: Money; charged_at: string }
export type SumUsageRecordsResponse = { items: Array<{ start: string; meter: string; quantity: number; unit: "token" | "byte" | "byte_s" | "card_ms" | "core_ms" | "request"; records: number; amount: Money }> }
export type GetStatementResponse = { project: string; from: string; to: string; opening: Money; paid_in: Money; credit: Money; lines: Array<{ product: string; product_name: string; meter: string; price: string; quantity: number; unit: "token" | "byte" | "byte_s" | "card_ms" | "core_ms" | "request"; records: number; amount: Money }>; charged: Money; written_off: Money; closing: Money }
export type SubmitJobRequest = { id?: string | null; project_id?: string | null; name: string; command: Array<string>; inputs?: Array<{ path: string; artifact?: string | null; source?: string | null }> | null; outputs?: Array<string> | null; cpu?: string | null; memory?: string | null; disk?: string | null; accelerators?: { count: number; models?: Array<string> | null } | { count: number; models?: Array<string> | null }; time_limit: string; environment?: Record<string, unknown> | null; retry?: { when?: "never" | "infrastructure" | null; attempts?: number | null } | { when?: "never" | "infrastructure" | null; attempts?: number | null }; network?: "none" | "outbound" | null; priority?: number | null; site?: string | null }
export type JobSummary = { id: string; organization_id: string; project_id: string; name: string; service: boolean; state: "queued" | "dispatched" | "running" | "succeeded" | "user_error" | "infrastructure_error" | "timeout" | "out_of_memory" | "cancelled" | "lost"; attempt: number; cancel_requested: boolean; exit_code?: number | null; priority: number; submitted_by: string; created_at: string; updated_at: string; finished_at?: string | null; version: number }
export type Job = { id: string; organization_id: string; project_id: string; name: string; service: boolean; state: "queued" | "dispatched" | "running" | "succeeded" | "user_error" | "infrastructure_error" | "timeout" | "out_of_memory" | "cancelled" | "lost"; attempt: number; cancel_requested: boolean; exit_code?: number | null; priority: number; submitted_by: string; created_at: string; updated_at: string; finished_at?: string | null; version: number; spec: { name: string; command: Array<string>; inputs?: Array<{ path: string; artifact?: string | null; source?: string | null }> | null; outputs?: Array<string> | null; cpu?: string | null; memory?: string | null; disk?: string | null; accelerators?: { count: number; models?: Array<string> | null } | { count: number; models?: Array<string> | null }; time_limit: string; environment?: Record<string, unknown> | null; retry?: { when?: "never" | "infrastructure" | null; attempts?: number | null } | { when?: "never" | "infrastructure" | null; attempts?: number | null }; network?: "none" | "outbound" | null; priority?: number | null; site?: string | null }; attempts: Array<{ attempt: number; node_id: string; allocated: { cpu_milli: number; memory_bytes: number; accelerators: number }; accelerator_model: string; dispatched_at: string; started_at?: string | null; ended_at?: string | null; log_removed_at?: string | null; exit?: "succeeded" | "user_error" | "infrastructure" | "timeout" | "out_of_memory" | "cancelled" | "lost" | "not_started" | null; exit_code?: number | null; problem?: string | null; usage?: unknown }>; outputs: Array<{ path: string; digest: string; bytes: number }>; decision?: { verdict: string; reason: { code: string; text: string; facts: Record<string, unknown> }; node_id?: string | null; starts_at?: string | null; decided_at: string; candidates: unknown; round: number } | { verdict: string; reason: { code: string; text: string; facts: Record<string, unknown> }; node_id?: string | null; starts_at?: string | null; decided_at: string; candidates: unknown; round: number } }
export type ListJobDecisionsResponse = { decisions: Array<{ verdict: string; reason: { code: string; text: string; facts: Record<string, unknown> }; node_id?: string | null; starts_at?: string | null; decided_at: string; candidates: unknown; round: number; body: unknown; snapshot?: unknown; policy?: unknown; job_opening?: string | null; organization_opening?: string | null }>; next_cursor?: string | null }
export type UploadArtifactResponse = { digest: string; bytes: number; created_at: string }
export type CreateSiteRequest = { id?: string | null; organization_id?: string | null; name: string; region?: string | null }
export type Site = { id: string; organization_id: string; name: string; region: string; created_at: string; version: number }
export type Node = { id: string; site_id: string; organization_id: string; name: string; state: "up" | "draining" | "unreachable" | "down"; wish: "up" | "draining" | "down"; capacity: { cpu_milli: number; memory_bytes: number; accelerators: number }; used: { cpu_milli: number; memory_bytes: number; accelerators: number }; attempts: number; accelerators: Array<{ model: string; count: number }>; isolation: string; missing_isolation: string; public_key: string; measurement_id?: string | null; grade: string; standard_unit_ppm: number; inventory: unknown; last_seen_at: string; created_at: string; version: number }
export type ChangeNodeRequest = { wish: "up" | "draining" | "down" }
export type MeasureNodeRequest = { effort?: "tour" | "full" | null }
export type MeasureNodeResponse = { id: string }
export type Measurement = { id: string; node_id: string; organization_id: string; document: unknown; document_text: string; signature: string; public_key: string; grade: unknown; measured_at: string; received_at: string }
export type GetGradeRulesResponse = { version: string; rules: unknown }
export type ListModelsResponse = { id: string; name: string; provider: string; description: string; license: string; source: string; revision: string; context_window: number; embedding_dimension: number; created_at: string; file: string; bytes: number; quality: string }
export type CreateModelRequest = { id?: string | null; name: string; description?: string | null; license: string; source: string; revision?: string | null; context_window: number; embedding_dimension?: number | null }
export type CreateModelResponse = { id: string; name: string; provider: string; description: string; license: string; source: string; revision: string; context_window: number; embedding_dimension: number; created_at: string; file: string; bytes: number; quality: string }
export type GetModelResponse = { id: string; name: string; provider: string; description: string; license: string; source: string; revision: string; context_window: number; embedding_dimension: number; created_at: string; file: string; bytes: number; quality: string }
export type ModelImport = { id: string; name: string; state: "uploading" | "fetching" | "checking" | "done" | "failed" | "cancelled"; received_bytes: number; total_bytes?: number | null; source: string; model?: string | null; sha256: string; expected_sha256: string; capability: "chat" | "embeddings"; problem_code: string; problem: string; organization: string; created_at: string; updated_at: string }
export type CreateModelImportRequest = { id?: string | null; name: string; source: string; sha256?: string | null; license?: string | null; description?: string | null; capability?: "chat" | "embeddings" | null; context_window?: number | null; bytes?: number | null }
export type ListDeploymentsResponse = { id: string; model: string; organization: string; upstream: "llama.cpp" | "openai"; url: string; state: "starting" | "ready" | "draining" | "stopped" | "failed" | "idle"; detail: string; created_at: string; own_compute?: { context_tokens: number; slots: number; cpu_milli: number; memory_bytes: number; accelerators: number; idle_stop_s: number; wanted: "serving" | "idle" | "stopped"; service?: string | null; phase?: "queued" | "starting" | "ready" | "stopping" | "ended" | null; node?: string | null; warm_up_ms: number; tokens_per_s_milli: number; restarts: number } | { context_tokens: number; slots: number; cpu_milli: number; memory_bytes: number; accelerators: number; idle_stop_s: number; wanted: "serving" | "idle" | "stopped"; service?: string | null; phase?: "queued" | "starting" | "ready" | "stopping" | "ended" | null; node?: string | null; warm_up_ms: number; tokens_per_s_milli: number; restarts: number } }
export type CreateDeploymentRequest = { id?: string | null; model: string; upstream?: "llama.cpp" | "openai" | null; url?: string | null; context_tokens?: number | null; slots?: number | null; cpu_milli?: number | null; memory_bytes?: number | null; accelerators?: number | null; idle_stop_s?: number | null; start?: "serving" | "idle" | null; input_price: Money; output_price: Money }
export type CreateDeploymentResponse = { id: string; model: string; organization: string; upstream: "llama.cpp" | "openai"; url: string; state: "starting" | "ready" | "draining" | "stopped" | "failed" | "idle"; detail: string; created_at: string; own_compute?: { context_tokens: number; slots: number; cpu_milli: number; memory_bytes: number; accelerators: number; idle_stop_s: number; wanted: "serving" | "idle" | "stopped"; service?: string | null; phase?: "queued" | "starting" | "ready" | "stopping" | "ended" | null; node?: string | null; warm_up_ms: number; tokens_per_s_milli: number; restarts: number } | { context_tokens: number; slots: number; cpu_milli: number; memory_bytes: number; accelerators: number; idle_stop_s: number; wanted: "serving" | "idle" | "stopped"; service?: string | null; phase?: "queued" | "starting" | "ready" | "stopping" | "ended" | null; node?: string | null; warm_up_ms: number; tokens_per_s_milli: number; restarts: number } }
export type GetDeploymentResponse = { id: string; model: string; organization: string; upstream: "llama.cpp" | "openai"; url: string; state: "starting" | "ready" | "draining" | "stopped" | "failed" | "idle"; detail: string; created_at: string; own_compute?: { context_tokens: number; slots: number; cpu_milli: number; memory_bytes: number; accelerators: number; idle_stop_s: number; wanted: "serving" | "idle" | "stopped"; service?: string | null; phase?: "queued" | "starting" | "ready" | "stopping" | "ended" | null; node?: string | null; warm_up_ms: number; tokens_per_s_milli: number; restarts: number } | { context_tokens: number; slots: number; cpu_milli: number; memory_bytes: number; accelerators: number; idle_stop_s: number; wanted: "serving" | "idle" | "stopped"; service?: string | null; phase?: "queued" | "starting" | "ready" | "stopping" | "ended" | null; node?: string | null; warm_up_ms: number; tokens_per_s_milli: number; restarts: number } }
export type StopDeploymentResponse = { id: string; model: string; organization: string; upstream: "llama.cpp" | "openai"; url: string; state: "starting" | "ready" | "draining" | "stopped" | "failed" | "idle"; detail: string; created_at: string; own_compute?: { context_tokens: number; slots: number; cpu_milli: number; memory_bytes: number; accelerators: number; idle_stop_s: number; wanted: "serving" | "idle" | "stopped"; service?: string | null; phase?: "queued" | "starting" | "ready" | "stopping" | "ended" | null; node?: string | null; warm_up_ms: number; tokens_per_s_milli: number; restarts: number } | { context_tokens: number; slots: number; cpu_milli: number; memory_bytes: number; accelerators: number; idle_stop_s: number; wanted: "serving" | "idle" | "stopped"; service?: string | null; phase?: "queued" | "starting" | "ready" | "stopping" | "ended" | null; node?: string | null; warm_up_ms: number; tokens_per_s_milli: number; restarts: number } }
export type CreateChatCompletionRequest = { model: string; messages: unknown }
export type CreateCompletionRequest = { model: string; prompt: unknown }
export type CreateEmbeddingRequest = { model: string; input: unknown }
export type File = { id: string; object: "file"; bytes: number; created_at: number; expires_at?: number | null; filename: string; purpose: "batch" | "batch_output"; status: "processed" }
export type ListFilesResponse = { object: "list"; data: Array<{ id: string; object: "file"; bytes: number; created_at: number; expires_at?: number | null; filename: string; purpose: "batch" | "batch_output"; status: "processed" }>; first_id?: string | null; last_id?: string | null; has_more: boolean }
export type DeleteFileResponse = { id: string; object: "file"; deleted: boolean }
export type CreateBatchRequest = { input_file_id: string; endpoint: "/v1/chat/completions" | "/v1/completions" | "/v1/embeddings"; completion_window: "24h"; metadata?: Record<string, unknown> | null; output_expires_after?: { anchor: "created_at"; seconds: number } | { anchor: "created_at"; seconds: number } }
export type Batch = { id: string; object: "batch"; endpoint: "/v1/chat/completions" | "/v1/completions" | "/v1/embeddings"; errors?: { object: "list"; data: Array<{ code: string; line?: number | null; message: string; param?: string | null }> } | { object: "list"; data: Array<{ code: string; line?: number | null; message: string; param?: string | null }> }; input_file_id: string; completion_window: "24h"; status: "validating" | "in_progress" | "finalizing" | "completed" | "failed" | "expired" | "cancelling" | "cancelled"; output_file_id?: string | null; error_file_id?: string | null; created_at: number; in_progress_at?: number | null; expires_at: number; finalizing_at?: number | null; completed_at?: number | null; failed_at?: number | null; expired_at?: number | null; cancelling_at?: number | null; cancelled_at?: number | null; request_counts: { total: number; completed: number; failed: number }; metadata?: Record<string, unknown> | null }
export type ListBatchesResponse = { object: "list"; data: Array<{ id: string; object: "batch"; endpoint: "/v1/chat/completions" | "/v1/completions" | "/v1/embeddings"; errors?: { object: "list"; data: Array<{ code: string; line?: number | null; message: string; param?: string | null }> } | { object: "list"; data: Array<{ code: string; line?: number | null; message: string; param?: string | null }> }; input_file_id: string; completion_window: "24h"; status: "validating" | "in_progress" | "finalizing" | "completed" | "failed" | "expired" | "cancelling" | "cancelled"; output_file_id?: string | null; error_file_id?: string | null; created_at: number; in_progress_at?: number | null; expires_at: number; finalizing_at?: number | null; completed_at?: number | null; failed_at?: number | null; expired_at?: number | null; cancelling_at?: number | null; cancelled_at?: number | null; request_counts: { total: number; completed: number; failed: number }; metadata?: Record<string, unknown> | null }>; first_id?: string | null; last_id?: string | null; has_more: boolean }
export type Money = { amount: string; currency: "CNY" | "USD" }
export type Problem = { type: string; title: string; status: number; detail: string; code: string; request_id: string; pointer?: string; parameters?: Record<string, unknown> }

export interface Operations {
  get_health: { method: 'GET'; path: '/healthz'; query: Record<string, never>; body: undefined; reply: undefined }
  get_error_page: { method: 'GET'; path: '/docs/errors/{code}'; query: Record<string, never>; body: undefined; reply: undefined }
  get_readiness: { method: 'GET'; path: '/readyz'; query: Record<string, never>; body: undefined; reply: undefined }
  get_agents_listener: { method: 'GET'; path: '/api/v1/agents-listener'; query: Record<string, never>; body: undefined; reply: GetAgentsListenerResponse }
  get_metrics: { method: 'GET'; path: '/metrics'; query: Record<string, never>; body: undefined; reply: undefined }
  sign_in: { method: 'POST'; path: '/api/v1/sign-in'; query: Record<string, never>; body: SignInRequest; reply: SignInResponse }
  sign_out: { method: 'POST'; path: '/api/v1/sign-out'; query: Record<string, never>; body: undefined; reply: undefined }
  get_me: { method: 'GET'; path: '/api/v1/me'; query: Record<string, never>; body: undefined; reply: GetMeResponse }
  change_my_password: { method: 'POST'; path: '/api/v1/me/password'; query: Record<string, never>; body: ChangeMyPasswordRequest; reply: ChangeMyPasswordResponse }
  list_sessions: { method: 'GET'; path: '/api/v1/sessions'; query: { user_id?: string; sort?: "created" | "-created"; limit?: number; cursor?: string }; body: undefined; reply: { items: Array<ListSessionsResponse>; next_cursor?: string } }
  revoke_session: { method: 'DELETE'; path: '/api/v1/sessions/{id}'; query: Record<string, never>; body: undefined; reply: undefined }
  list_scopes: { method: 'GET'; path: '/api/v1/scopes'; query: { limit?: number; cursor?: string }; body: undefined; reply: { items: Array<ListScopesResponse>; next_cursor?: string } }
  list_organizations: { method: 'GET'; path: '/api/v1/organizations'; query: { parent_id?: string; name?: string; kind?: "platform" | "government" | "company" | "institution"; status?: "active" | "suspended"; sort?: "created" | "-created" | "name" | "-name"; limit?: number; cursor?: string }; body: undefined; reply: { items: Array<ListOrganizationsResponse>; next_cursor?: string } }
  create_organization: { method: 'POST'; path: '/api/v1/organizations'; query: Record<string, never>; body: CreateOrganizationRequest; reply: CreateOrganizationResponse }
  get_organization: { method: 'GET'; path: '/api/v1/organizations/{id}'; query: Record<string, never>; body: undefined; reply: GetOrganizationResponse }
  update_organization: { method: 'PATCH'; path: '/api/v1/organizations/{id}'; query: Record<string, never>; body: UpdateOrganizationRequest; reply: UpdateOrganizationResponse }
  list_projects: { method: 'GET'; path: '/api/v1/projects'; query: { organization_id?: string; name?: string; status?: "active" | "suspended"; sort?: "created" | "-created" | "name" | "-name"; limit?: number; cursor?: string }; body: undefined; reply: { items: Array<ListProjectsResponse>; next_cursor?: string } }
  create_project: { method: 'POST'; path: '/api/v1/projects'; query: Record<string, never>; body: CreateProjectRequest; reply: CreateProjectResponse }
  get_project: { method: 'GET'; path: '/api/v1/projects/{id}'; query: Record<string, never>; body: undefined; reply: GetProjectResponse }
  update_project: { method: 'PATCH'; path: '/api/v1/projects/{id}'; query: Record<string, never>; body: UpdateProjectRequest; reply: UpdateProjectResponse }
  list_users: { method: 'GET'; path: '/api/v1/users'; query: { organization_id?: string; name?: string; status?: "active" | "suspended"; sort?: "created" | "-created" | "name" | "-name"; limit?: number; cursor?: string }; body: undefined; reply: { items: Array<ListUsersResponse>; next_cursor?: string } }
  create_user: { method: 'POST'; path: '/api/v1/users'; query: Record<string, never>; body: CreateUserRequest; reply: CreateUserResponse }
  get_user: { method: 'GET'; path: '/api/v1/users/{id}'; query: Record<string, never>; body: undefined; reply: GetUserResponse }
  update_user: { method: 'PATCH'; path: '/api/v1/users/{id}'; query: Record<string, never>; body: UpdateUserRequest; reply: UpdateUserResponse }
  set_user_roles: { method: 'PUT'; path: '/api/v1/users/{id}/roles'; query: Record<string, never>; body: SetUserRolesRequest; reply: SetUserRolesResponse }
  reset_user_password: { method: 'POST'; path: '/api/v1/users/{id}/reset-password'; query: Record<string, never>; body: undefined; reply: ResetUserPasswordResponse }
  list_keys: { method: 'GET'; path: '/api/v1/keys'; query: { organization_id?: string; project_id?: string; state?: "active" | "ended"; sort?: "created" | "-created" | "name" | "-name"; limit?: number; cursor?: string }; body: undefined; reply: { items: Array<ListKeysResponse>; next_cursor?: string } }
  create_key: { method: 'POST'; path: '/api/v1/keys'; query: Record<string, never>; body: CreateKeyRequest; reply: CreateKeyResponse }
  get_key: { method: 'GET'; path: '/api/v1/keys/{id}'; query: Record<string, never>; body: undefined; reply: GetKeyResponse }
  revoke_key: { method: 'DELETE'; path: '/api/v1/keys/{id}'; query: Record<string, never>; body: undefined; reply: undefined }
  rotate_key: { method: 'POST'; path: '/api/v1/keys/{id}/rotate'; query: Record<string, never>; body: RotateKeyRequest; reply: RotateKeyResponse }
  list_enrollment_tokens: { method: 'GET'; path: '/api/v1/enrollment-tokens'; query: { organization_id?: string; state?: "active" | "ended"; sort?: "created" | "-created"; limit?: number; cursor?: string }; body: undefined; reply: { items: Array<ListEnrollmentTokensResponse>; next_cursor?: string } }
  create_enrollment_token: { method: 'POST'; path: '/api/v1/enrollment-tokens'; query: Record<string, never>; body: CreateEnrollmentTokenRequest; reply: CreateEnrollmentTokenResponse }
  revoke_enrollment_token: { method: 'DELETE'; path: '/api/v1/enrollment-tokens/{id}'; query: Record<string, never>; body: undefined; reply: undefined }
  list_agents: { method: 'GET'; path: '/api/v1/agents'; query: { organization_id?: string; state?: "active" | "ended"; sort?: "created" | "-created"; limit?: number; cursor?: string }; body: undefined; reply: { items: Array<ListAgentsResponse>; next_cursor?: string } }
  get_agent: { method: 'GET'; path: '/api/v1/agents/{id}'; query: Record<string, never>; body: undefined; reply: GetAgentResponse }
  revoke_agent: { method: 'DELETE'; path: '/api/v1/agents/{id}'; query: Record<string, never>; body: undefined; reply: undefined }
  list_events: { method: 'GET'; path: '/api/v1/events'; query: { type?: string; subject?: string; organization_id?: string; since?: string; order?: "oldest_first" | "newest_first"; limit?: number; cursor?: string }; body: undefined; reply: { items: Array<Event>; next_cursor?: string } }
  stream_events: { method: 'GET'; path: '/api/v1/events/stream'; query: { type?: string; subject?: string; organization_id?: string; since?: string; after?: number }; body: undefined; reply: undefined }
  get_event: { method: 'GET'; path: '/api/v1/events/{sequence}'; query: Record<string, never>; body: undefined; reply: Event }
  prove_event: { method: 'GET'; path: '/api/v1/events/{sequence}/proof'; query: { size?: number }; body: undefined; reply: ProveEventResponse }
  list_checkpoints: { method: 'GET'; path: '/api/v1/checkpoints'; query: { order?: "oldest_first" | "newest_first"; limit?: number; cursor?: string }; body: undefined; reply: { items: Array<Checkpoint>; next_cursor?: string } }
  get_latest_checkpoint: { method: 'GET'; path: '/api/v1/checkpoints/latest'; query: Record<string, never>; body: undefined; reply: Checkpoint }
  prove_consistency: { method: 'GET'; path: '/api/v1/checkpoints/consistency'; query: { from?: number; to?: number }; body: undefined; reply: ProveConsistencyResponse }
  get_trust: { method: 'GET'; path: '/api/v1/trust'; query: Record<string, never>; body: undefined; reply: GetTrustResponse }
  list_accounts: { method: 'GET'; path: '/api/v1/accounts'; query: { organization_id?: string; project_id?: string; code?: "wallet" | "revenue" | "provider_payable" | "cash" | "clearing" | "credit_line" | "voucher_issue" | "tax_payable" | "fee" | "rounding" | "usage" | "suspense"; unit?: string; limit?: number; cursor?: string }; body: undefined; reply: { items: Array<ListAccountsResponse>; next_cursor?: string } }
  get_account: { method: 'GET'; path: '/api/v1/accounts/{id}'; query: { as_of?: string }; body: undefined; reply: GetAccountResponse }
  list_entries: { method: 'GET'; path: '/api/v1/accounts/{id}/entries'; query: { from?: string; to?: string; order?: "oldest_first" | "newest_first"; limit?: number; cursor?: string }; body: undefined; reply: { items: Array<ListEntriesResponse>; next_cursor?: string } }
  get_transfer: { method: 'GET'; path: '/api/v1/transfers/{id}'; query: Record<string, never>; body: undefined; reply: GetTransferResponse }
  get_trial_balance: { method: 'GET'; path: '/api/v1/trial-balance'; query: { as_of?: string }; body: undefined; reply: GetTrialBalanceResponse }
  list_metrics: { method: 'GET'; path: '/api/v1/metrics-catalogue'; query: { limit?: number; cursor?: string }; body: undefined; reply: { items: Array<Metric>; next_cursor?: string } }
  get_metric: { method: 'GET'; path: '/api/v1/metrics-catalogue/{name}'; query: Record<string, never>; body: undefined; reply: Metric }
  get_metric_value: { method: 'GET'; path: '/api/v1/metrics-catalogue/{name}/value'; query: { as_of?: string; organization?: string }; body: undefined; reply: GetMetricValueResponse }
  get_metric_series: { method: 'GET'; path: '/api/v1/metrics-catalogue/{name}/series'; query: { from?: string; to?: string; step_s?: number; organization?: string }; body: undefined; reply: GetMetricSeriesResponse }
  get_metric_inputs: { method: 'GET'; path: '/api/v1/metrics-catalogue/{name}/inputs'; query: { as_of?: string; after?: string; organization?: string }; body: undefined; reply: undefined }
  list_products: { method: 'GET'; path: '/api/v1/products'; query: { kind?: "model" | "compute"; sort?: "created" | "-created" | "name" | "-name"; limit?: number; cursor?: string }; body: undefined; reply: { items: Array<ListProductsResponse>; next_cursor?: string } }
  get_product: { method: 'GET'; path: '/api/v1/products/{id}'; query: Record<string, never>; body: undefined; reply: GetProductResponse }
  create_price: { method: 'POST'; path: '/api/v1/products/{id}/prices'; query: Record<string, never>; body: CreatePriceRequest; reply: CreatePriceResponse }
  get_wallet: { method: 'GET'; path: '/api/v1/wallets/{project}'; query: { currency?: "CNY" | "USD" }; body: undefined; reply: GetWalletResponse }
  top_up_wallet: { method: 'POST'; path: '/api/v1/wallets/{project}/top-ups'; query: Record<string, never>; body: TopUpWalletRequest; reply: TopUpWalletResponse }
  set_credit_limit: { method: 'PUT'; path: '/api/v1/wallets/{project}/credit-limit'; query: Record<string, never>; body: SetCreditLimitRequest; reply: SetCreditLimitResponse }
  list_usage_records: { method: 'GET'; path: '/api/v1/usage-records'; query: { project?: string; subject?: string; from?: string; to?: string; product?: string; meter?: string; price?: string; sort?: "created" | "-created"; limit?: number; cursor?: string }; body: undefined; reply: { items: Array<ListUsageRecordsResponse>; next_cursor?: string } }
  sum_usage_records: { method: 'GET'; path: '/api/v1/usage-sums'; query: { project?: string; from?: string; to?: string; step_s?: number }; body: undefined; reply: SumUsageRecordsResponse }
  get_statement: { method: 'GET'; path: '/api/v1/statements/{project}'; query: { from?: string; to?: string; currency?: "CNY" | "USD" }; body: undefined; reply: GetStatementResponse }
  submit_job: { method: 'POST'; path: '/api/v1/jobs'; query: Record<string, never>; body: SubmitJobRequest; reply: JobSummary }
  list_jobs: { method: 'GET'; path: '/api/v1/jobs'; query: { project_id?: string; state?: "queued" | "dispatched" | "running" | "succeeded" | "user_error" | "infrastructure_error" | "timeout" | "out_of_memory" | "cancelled" | "lost"; sort?: "created" | "-created"; limit?: number; cursor?: string }; body: undefined; reply: { items: Array<JobSummary>; next_cursor?: string } }
  get_job: { method: 'GET'; path: '/api/v1/jobs/{id}'; query: Record<string, never>; body: undefined; reply: Job }
  cancel_job: { method: 'POST'; path: '/api/v1/jobs/{id}/cancel'; query: Record<string, never>; body: undefined; reply: JobSummary }
  list_job_decisions: { method: 'GET'; path: '/api/v1/jobs/{id}/decisions'; query: { sort?: "created" | "-created"; limit?: number; cursor?: string }; body: undefined; reply: ListJobDecisionsResponse }
  follow_job_log: { method: 'GET'; path: '/api/v1/jobs/{id}/logs'; query: Record<string, never>; body: undefined; reply: undefined }
  upload_artifact: { method: 'POST'; path: '/api/v1/artifacts'; query: { project_id?: string }; body: undefined; reply: UploadArtifactResponse }
  download_artifact: { method: 'GET'; path: '/api/v1/artifacts/{digest}'; query: { project_id?: string }; body: undefined; reply: undefined }
  create_site: { method: 'POST'; path: '/api/v1/sites'; query: Record<string, never>; body: CreateSiteRequest; reply: Site }
  list_sites: { method: 'GET'; path: '/api/v1/sites'; query: { organization_id?: string; name?: string; region?: string; sort?: "created" | "-created" | "name" | "-name"; limit?: number; cursor?: string }; body: undefined; reply: { items: Array<Site>; next_cursor?: string } }
  get_site: { method: 'GET'; path: '/api/v1/sites/{id}'; query: Record<string, never>; body: undefined; reply: Site }
  list_nodes: { method: 'GET'; path: '/api/v1/nodes'; query: { site_id?: string; state?: "up" | "draining" | "unreachable" | "down"; wish?: "up" | "draining" | "down"; sort?: "created" | "-created" | "name" | "-name"; limit?: number; cursor?: string }; body: undefined; reply: { items: Array<Node>; next_cursor?: string } }
  get_node: { method: 'GET'; path: '/api/v1/nodes/{id}'; query: Record<string, never>; body: undefined; reply: Node }
  change_node: { method: 'PATCH'; path: '/api/v1/nodes/{id}'; query: Record<string, never>; body: ChangeNodeRequest; reply: Node }
  declare_node_lost: { method: 'POST'; path: '/api/v1/nodes/{id}/declare-lost'; query: Record<string, never>; body: undefined; reply: Node }
  measure_node: { method: 'POST'; path: '/api/v1/nodes/{id}/measurements'; query: Record<string, never>; body: MeasureNodeRequest; reply: MeasureNodeResponse }
  list_measurements: { method: 'GET'; path: '/api/v1/nodes/{id}/measurements'; query: { sort?: "created" | "-created"; limit?: number; cursor?: string }; body: undefined; reply: { items: Array<Measurement>; next_cursor?: string } }
  get_measurement: { method: 'GET'; path: '/api/v1/measurements/{id}'; query: Record<string, never>; body: undefined; reply: Measurement }
  get_grade_rules: { method: 'GET'; path: '/api/v1/grade-rules'; query: Record<string, never>; body: undefined; reply: GetGradeRulesResponse }
  list_models: { method: 'GET'; path: '/api/v1/models'; query: { name?: string; license?: string; provider?: string; capability?: "chat" | "embeddings"; sort?: "created" | "-created" | "name" | "-name"; limit?: number; cursor?: string }; body: undefined; reply: { items: Array<ListModelsResponse>; next_cursor?: string } }
  create_model: { method: 'POST'; path: '/api/v1/models'; query: Record<string, never>; body: CreateModelRequest; reply: CreateModelResponse }
  get_model: { method: 'GET'; path: '/api/v1/models/{id}'; query: Record<string, never>; body: undefined; reply: GetModelResponse }
  list_model_imports: { method: 'GET'; path: '/api/v1/model-imports'; query: { state?: "uploading" | "fetching" | "checking" | "done" | "failed" | "cancelled"; model?: string; name?: string; sort?: "created" | "-created"; limit?: number; cursor?: string }; body: undefined; reply: { items: Array<ModelImport>; next_cursor?: string } }
  create_model_import: { method: 'POST'; path: '/api/v1/model-imports'; query: Record<string, never>; body: CreateModelImportRequest; reply: ModelImport }
  get_model_import: { method: 'GET'; path: '/api/v1/model-imports/{id}'; query: Record<string, never>; body: undefined; reply: ModelImport }
  upload_model_import: { method: 'PUT'; path: '/api/v1/model-imports/{id}/content'; query: { offset?: number }; body: undefined; reply: ModelImport }
  resume_model_import: { method: 'POST'; path: '/api/v1/model-imports/{id}/resume'; query: Record<string, never>; body: undefined; reply: ModelImport }
  cancel_model_import: { method: 'POST'; path: '/api/v1/model-imports/{id}/cancel'; query: Record<string, never>; body: undefined; reply: ModelImport }
  list_deployments: { method: 'GET'; path: '/api/v1/deployments'; query: { model?: string; state?: "starting" | "ready" | "draining" | "stopped" | "failed" | "idle"; wanted?: "serving" | "idle" | "stopped"; sort?: "created" | "-created"; limit?: number; cursor?: string }; body: undefined; reply: { items: Array<ListDeploymentsResponse>; next_cursor?: string } }
  create_deployment: { method: 'POST'; path: '/api/v1/deployments'; query: Record<string, never>; body: CreateDeploymentRequest; reply: CreateDeploymentResponse }
  get_deployment: { method: 'GET'; path: '/api/v1/deployments/{id}'; query: Record<string, never>; body: undefined; reply: GetDeploymentResponse }
  stop_deployment: { method: 'POST'; path: '/api/v1/deployments/{id}/stop'; query: Record<string, never>; body: undefined; reply: StopDeploymentResponse }
  create_chat_completion: { method: 'POST'; path: '/v1/chat/completions'; query: Record<string, never>; body: CreateChatCompletionRequest; reply: undefined }
  create_completion: { method: 'POST'; path: '/v1/completions'; query: Record<string, never>; body: CreateCompletionRequest; reply: undefined }
  create_embedding: { method: 'POST'; path: '/v1/embeddings'; query: Record<string, never>; body: CreateEmbeddingRequest; reply: undefined }
  list_callable_models: { method: 'GET'; path: '/v1/models'; query: Record<string, never>; body: undefined; reply: undefined }
  get_callable_model: { method: 'GET'; path: '/v1/models/{model}'; query: Record<string, never>; body: undefined; reply: undefined }
  create_file: { method: 'POST'; path: '/v1/files'; query: { project_id?: string }; body: undefined; reply: File }
  list_files: { method: 'GET'; path: '/v1/files'; query: { project_id?: string; purpose?: "batch" | "batch_output"; order?: "asc" | "desc"; limit?: number; after?: string }; body: undefined; reply: ListFilesResponse }
  get_file: { method: 'GET'; path: '/v1/files/{id}'; query: Record<string, never>; body: undefined; reply: File }
  delete_file: { method: 'DELETE'; path: '/v1/files/{id}'; query: Record<string, never>; body: undefined; reply: DeleteFileResponse }
  get_file_content: { method: 'GET'; path: '/v1/files/{id}/content'; query: Record<string, never>; body: undefined; reply: undefined }
  create_batch: { method: 'POST'; path: '/v1/batches'; query: Record<string, never>; body: CreateBatchRequest; reply: Batch }
  list_batches: { method: 'GET'; path: '/v1/batches'; query: { project_id?: string; limit?: number; after?: string }; body: undefined; reply: ListBatchesResponse }
  get_batch: { method: 'GET'; path: '/v1/batches/{id}'; query: Record<string, never>; body: undefined; reply: Batch }
  cancel_batch: { method: 'POST'; path: '/v1/batches/{id}/cancel'; query: Record<string, never>; body: undefined; reply: Batch }
  get_evidence: { method: 'GET'; path: '/api/v1/evidence/{project}'; query: { from?: string; to?: string; checkpoint?: number }; body: undefined; reply: undefined }
  get_openapi: { method: 'GET'; path: '/api/openapi.json'; query: Record<string, never>; body: undefined; reply: undefined }
}

export const operations: { readonly [Name in keyof Operations]: readonly [string, string] } = {
  get_health: ["GET", "/healthz"],
  get_error_page: ["GET", "/docs/errors/{code}"],
  get_readiness: ["GET", "/readyz"],
  get_agents_listener: ["GET", "/api/v1/agents-listener"],
  get_metrics: ["GET", "/metrics"],
  sign_in: ["POST", "/api/v1/sign-in"],
  sign_out: ["POST", "/api/v1/sign-out"],
  get_me: ["GET", "/api/v1/me"],
  change_my_password: ["POST", "/api/v1/me/password"],
  list_sessions: ["GET", "/api/v1/sessions"],
  revoke_session: ["DELETE", "/api/v1/sessions/{id}"],
  list_scopes: ["GET", "/api/v1/scopes"],
  list_organizations: ["GET", "/api/v1/organizations"],
  create_organization: ["POST", "/api/v1/organizations"],
  get_organization: ["GET", "/api/v1/organizations/{id}"],
  update_organization: ["PATCH", "/api/v1/organizations/{id}"],
  list_projects: ["GET", "/api/v1/projects"],
  create_project: ["POST", "/api/v1/projects"],
  get_project: ["GET", "/api/v1/projects/{id}"],
  update_project: ["PATCH", "/api/v1/projects/{id}"],
  list_users: ["GET", "/api/v1/users"],
  create_user: ["POST", "/api/v1/users"],
  get_user: ["GET", "/api/v1/users/{id}"],
  update_user: ["PATCH", "/api/v1/users/{id}"],
  set_user_roles: ["PUT", "/api/v1/users/{id}/roles"],
  reset_user_password: ["POST", "/api/v1/users/{id}/reset-password"],
  list_keys: ["GET", "/api/v1/keys"],
  create_key: ["POST", "/api/v1/keys"],
  get_key: ["GET", "/api/v1/keys/{id}"],
  revoke_key: ["DELETE", "/api/v1/keys/{id}"],
  rotate_key: ["POST", "/api/v1/keys/{id}/rotate"],
  list_enrollment_tokens: ["GET", "/api/v1/enrollment-tokens"],
  create_enrollment_token: ["POST", "/api/v1/enrollment-tokens"],
  revoke_enrollment_token: ["DELETE", "/api/v1/enrollment-tokens/{id}"],
  list_agents: ["GET", "/api/v1/agents"],
  get_agent: ["GET", "/api/v1/agents/{id}"],
  revoke_agent: ["DELETE", "/api/v1/agents/{id}"],
  list_events: ["GET", "/api/v1/events"],
  stream_events: ["GET", "/api/v1/events/stream"],
  get_event: ["GET", "/api/v1/events/{sequence}"],
  prove_event: ["GET", "/api/v1/events/{sequence}/proof"],
  list_checkpoints: ["GET", "/api/v1/checkpoints"],
  get_latest_checkpoint: ["GET", "/api/v1/checkpoints/latest"],
  prove_consistency: ["GET", "/api/v1/checkpoints/consistency"],
  get_trust: ["GET", "/api/v1/trust"],
  list_accounts: ["GET", "/api/v1/accounts"],
  get_account: ["GET", "/api/v1/accounts/{id}"],
  list_entries: ["GET", "/api/v1/accounts/{id}/entries"],
  get_transfer: ["GET", "/api/v1/transfers/{id}"],
  get_trial_balance: ["GET", "/api/v1/trial-balance"],
  list_metrics: ["GET", "/api/v1/metrics-catalogue"],
  get_metric: ["GET", "/api/v1/metrics-catalogue/{name}"],
  get_metric_value: ["GET", "/api/v1/metrics-catalogue/{name}/value"],
  get_metric_series: ["GET", "/api/v1/metrics-catalogue/{name}/series"],
  get_metric_inputs: ["GET", "/api/v1/metrics-catalogue/{name}/inputs"],
  list_products: ["GET", "/api/v1/products"],
  get_product: ["GET", "/api/v1/products/{id}"],
  create_price: ["POST", "/api/v1/products/{id}/prices"],
  get_wallet: ["GET", "/api/v1/wallets/{project}"],
  top_up_wallet: ["POST", "/api/v1/wallets/{project}/top-ups"],
  set_credit_limit: ["PUT", "/api/v1/wallets/{project}/credit-limit"],
  list_usage_records: ["GET", "/api/v1/usage-records"],
  sum_usage_records: ["GET", "/api/v1/usage-sums"],
  get_statement: ["GET", "/api/v1/statements/{project}"],
  submit_job: ["POST", "/api/v1/jobs"],
  list_jobs: ["GET", "/api/v1/jobs"],
  get_job: ["GET", "/api/v1/jobs/{id}"],
  cancel_job: ["POST", "/api/v1/jobs/{id}/cancel"],
  list_job_decisions: ["GET", "/api/v1/jobs/{id}/decisions"],
  follow_job_log: ["GET", "/api/v1/jobs/{id}/logs"],
  upload_artifact: ["POST", "/api/v1/artifacts"],
  download_artifact: ["GET", "/api/v1/artifacts/{digest}"],
  create_site: ["POST", "/api/v1/sites"],
  list_sites: ["GET", "/api/v1/sites"],
  get_site: ["GET", "/api/v1/sites/{id}"],
  list_nodes: ["GET", "/api/v1/nodes"],
  get_node: ["GET", "/api/v1/nodes/{id}"],
  change_node: ["PATCH", "/api/v1/nodes/{id}"],
  declare_node_lost: ["POST", "/api/v1/nodes/{id}/declare-lost"],
  measure_node: ["POST", "/api/v1/nodes/{id}/measurements"],
  list_measurements: ["GET", "/api/v1/nodes/{id}/measurements"],
  get_measurement: ["GET", "/api/v1/measurements/{id}"],
  get_grade_rules: ["GET", "/api/v1/grade-rules"],
  list_models: ["GET", "/api/v1/models"],
  create_model: ["POST", "/api/v1/models"],
  get_model: ["GET", "/api/v1/models/{id}"],
  list_model_imports: ["GET", "/api/v1/model-imports"],
  create_model_import: ["POST", "/api/v1/model-imports"],
  get_model_import: ["GET", "/api/v1/model-imports/{id}"],
  upload_model_import: ["PUT", "/api/v1/model-imports/{id}/content"],
  resume_model_import: ["POST", "/api/v1/model-imports/{id}/resume"],
  cancel_model_import: ["POST", "/api/v1/model-imports/{id}/cancel"],
  list_deployments: ["GET", "/api/v1/deployments"],
  create_deployment: ["POST", "/api/v1/deployments"],
  get_deployment: ["GET", "/api/v1/deployments/{id}"],
  stop_deployment: ["POST", "/api/v1/deployments/{id}/stop"],
  create_chat_completion: ["POST", "/v1/chat/completions"],
  create_completion: ["POST", "/v1/completions"],
  create_embedding: ["POST", "/v1/embeddings"],
  list_callable_models: ["GET", "/v1/models"],
  get_callable_model: ["GET", "/v1/models/{model}"],
  create_file: ["POST", "/v1/files"],
  list_files: ["GET", "/v1/files"],
  get_file: ["GET", "/v1/files/{id}"],
  delete_file: ["DELETE", "/v1/files/{id}"],
  get_file_content: ["GET", "/v1/files/{id}/content"],
  create_batch: ["POST", "/v1/batches"],
  list_batches: ["GET", "/v1/batches"],
  get_batch: ["GET", "/v1/batches/{id}"],
  cancel_batch: ["POST", "/v1/batches/{id}/cancel"],
  get_evidence: ["GET", "/api/v1/evidence/{project}"],
  get_openapi: ["GET", "/api/openapi.json"],
}
