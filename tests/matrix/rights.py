"""Who may do what, as one table: every operation and every role. A role holds in the tenant whose
things are asked for. Written by hand, from what the roles are for, and apart from src/identity/actions.h,
so that an error there is seen here.

    O operator   P provider   C consumer   A auditor   G programme office

Each row: who may; who is told that the thing exists and that they may not (403); to all others it is
not there (404). The platform's own operator may all of it."""

TABLE = [
    # may      told      operations
    ("OPCAG", "", """get_me list_scopes get_grade_rules list_checkpoints get_latest_checkpoint prove_consistency
        list_organizations get_organization list_projects get_project list_products get_product
        list_sites get_site list_nodes get_node list_measurements get_measurement
        list_models get_model list_deployments get_deployment list_callable_models get_callable_model
        list_metrics get_metric get_metric_value get_metric_series get_metric_inputs"""),
    ("O", "PCAG", "create_organization update_organization"),
    ("OPC", "AG", "create_project update_project"),
    ("OA", "", "list_users get_user list_sessions list_keys get_key"),
    ("O", "A", """create_user update_user set_user_roles reset_user_password revoke_session
        revoke_key rotate_key"""),
    ("OPC", "A", "create_key"),
    ("OPA", "", "list_enrollment_tokens list_agents get_agent list_model_imports get_model_import"),
    ("OP", "A", """create_enrollment_token revoke_enrollment_token revoke_agent
        upload_model_import resume_model_import cancel_model_import"""),
    ("OA", "", "list_events get_event prove_event stream_events"),
    ("OPCA", "", """list_accounts get_account list_entries get_transfer get_wallet get_statement get_evidence
        list_usage_records sum_usage_records list_jobs get_job list_job_decisions follow_job_log
        download_artifact"""),
    ("OPC", "A", "submit_job cancel_job upload_artifact"),
    ("OP", "CAG", """create_site change_node measure_node declare_node_lost create_price
        create_model create_model_import create_deployment stop_deployment"""),
    ("OPC", "", """create_file list_files get_file delete_file get_file_content
        create_batch list_batches get_batch cancel_batch"""),
    ("OPC", "A", "create_chat_completion create_completion create_embedding"),
    # What the platform's operator alone does.
    ("", "OPCA", "top_up_wallet set_credit_limit"),
    ("", "", "get_trial_balance get_metrics"),
]

ROLES = {"O": "operator", "P": "provider", "C": "consumer", "A": "auditor", "G": "programme_office"}
MAY, TOLD, HIDDEN = "may", "told", "hidden"

# They change the caller's own credential and nothing of anybody else's; dead credentials try them too.
OWN = {"sign_in", "sign_out", "change_my_password"}

# The market: what one tenant offers, another sees and calls, in its own roles and at its own cost.
OPEN = set("""list_products get_product list_models get_model list_deployments get_deployment
    list_callable_models get_callable_model
    create_chat_completion create_completion create_embedding""".split())
# They list what is the platform's and nobody's.
NOBODYS = {"list_scopes", "list_checkpoints", "list_metrics"}
# Their answers have no ids: any number in them is somebody's.
SUMS = {"sum_usage_records"}
# What belongs to one project: a key of another project of the same tenant has no part in it.
OF_PROJECT = set("""update_project get_wallet get_statement get_evidence list_accounts get_account list_entries
    get_transfer list_usage_records sum_usage_records list_keys get_key revoke_key rotate_key create_key
    list_jobs get_job list_job_decisions follow_job_log submit_job cancel_job upload_artifact
    top_up_wallet set_credit_limit create_file list_files get_file delete_file get_file_content
    create_batch list_batches get_batch cancel_batch""".split())
# A refusal that only those see who may: the thing is not in the right state, and cannot be here.
IN_THE_WAY = {"declare_node_lost": "compute.node_answers"}


def expectations():
    """{operation: {role: MAY, TOLD or HIDDEN}}"""
    table = {}
    for may, told, operations in TABLE:
        for operation in operations.split():
            assert operation not in table, f"{operation} stands twice in the table"
            table[operation] = {name: MAY if letter in may else TOLD if letter in told else HIDDEN
                                for letter, name in ROLES.items()}
    return table
