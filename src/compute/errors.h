#pragma once

// What can be wrong with what compute is given, or with what it does.

#include <array>

#include "core/result.h"

namespace kapok::compute {

inline constexpr core::ErrorCode kNotCanonical{
    "compute.not_canonical", core::ErrorKind::InvalidArgument,
    "the document must be canonical JSON (RFC 8785) with whole numbers",
    "文档应为只含整数的规范 JSON（RFC 8785）"};
inline constexpr core::ErrorCode kBadDocument{
    "compute.bad_document", core::ErrorKind::InvalidArgument, "{field} must be {expected}",
    "{field} 应为 {expected}"};

// job.yaml. {place} is "job.yaml:7", or a JSON pointer.
inline constexpr core::ErrorCode kBadYaml{"compute.bad_yaml", core::ErrorKind::InvalidArgument,
                                          "line {line} is not YAML: {fault}",
                                          "第 {line} 行不是合法的 YAML（解析器提示：{fault}）"};
inline constexpr core::ErrorCode kYamlEmpty{
    "compute.yaml_empty", core::ErrorKind::InvalidArgument,
    "the job description is empty (line {line}); it needs name, command and time_limit",
    "作业描述为空（第 {line} 行）；至少要有 name、command 和 time_limit"};
inline constexpr core::ErrorCode kYamlNotText{
    "compute.yaml_not_text", core::ErrorKind::InvalidArgument,
    "line {line} has bytes that are not UTF-8 text", "第 {line} 行含有不是 UTF-8 文本的字节"};
inline constexpr core::ErrorCode kYamlAnchor{
    "compute.yaml_anchor", core::ErrorKind::InvalidArgument,
    "line {line} has an anchor (&) or alias (*); write the value out, or quote the text",
    "第 {line} 行有锚点（&）或别名（*）；请写出完整的值，文本请加引号"};
inline constexpr core::ErrorCode kYamlTag{"compute.yaml_tag", core::ErrorKind::InvalidArgument,
                                          "line {line} has the tag {tag}; write the plain value",
                                          "第 {line} 行有标签 {tag}；请直接写值"};
inline constexpr core::ErrorCode kYamlKey{"compute.yaml_key", core::ErrorKind::InvalidArgument,
                                          "line {line}: the name of a field must be a text",
                                          "第 {line} 行：字段名应为文本"};
inline constexpr core::ErrorCode kYamlRepeated{"compute.yaml_repeated",
                                               core::ErrorKind::InvalidArgument,
                                               "line {line}: {field} is there twice; keep one",
                                               "第 {line} 行：{field} 出现了两次，请保留一个"};
inline constexpr core::ErrorCode kYamlSecondDocument{
    "compute.yaml_second_document", core::ErrorKind::InvalidArgument,
    "line {line}: a second document begins; submit one job at a time",
    "第 {line} 行：出现第二个文档；请一次提交一个作业"};
inline constexpr core::ErrorCode kYamlUnexpected{
    "compute.yaml_unexpected", core::ErrorKind::InvalidArgument,
    "line {line}: this cannot stand here; check quotes, brackets and indentation",
    "第 {line} 行：此处不应出现该内容；请检查引号、括号和缩进"};
inline constexpr core::ErrorCode kYamlTooDeep{
    "compute.yaml_too_deep", core::ErrorKind::InvalidArgument,
    "line {line}: nested deeper than {limit} levels", "第 {line} 行：嵌套超过 {limit} 层"};
inline constexpr core::ErrorCode kYamlTooManyNodes{
    "compute.yaml_too_many_nodes", core::ErrorKind::TooLarge,
    "line {line}: more than {limit} values", "第 {line} 行：超过 {limit} 个值"};
inline constexpr core::ErrorCode kJobTooManyNodes{
    "compute.job_too_many_nodes", core::ErrorKind::TooLarge,
    "a job description has at most {limit} values in {depth} levels",
    "作业描述最多 {limit} 个值、{depth} 层"};
inline constexpr core::ErrorCode kJobFileTooLarge{
    "compute.job_file_too_large", core::ErrorKind::TooLarge,
    "a job description has at most {limit} bytes, not {actual}",
    "作业描述最多 {limit} 字节，不能是 {actual}"};
inline constexpr core::ErrorCode kUnknownJobField{
    "compute.unknown_job_field", core::ErrorKind::InvalidArgument,
    "{place}: there is no field {field}, only {expected}",
    "{place}：没有字段 {field}，只有 {expected}"};
inline constexpr core::ErrorCode kMissingJobField{
    "compute.missing_job_field", core::ErrorKind::InvalidArgument,
    "{place}: {field} is missing or empty; write for example {expected}",
    "{place}：{field} 缺失或为空，例如写成 {expected}"};
inline constexpr core::ErrorCode kJobNotAMapping{
    "compute.job_not_a_mapping", core::ErrorKind::InvalidArgument,
    "{place}: {field} must be a mapping of names to values, not {actual}",
    "{place}：{field} 应为名称到值的映射，不能是 {actual}"};
inline constexpr core::ErrorCode kJobNotAList{
    "compute.job_not_a_list", core::ErrorKind::InvalidArgument,
    "{place}: {field} must be a list such as [a, b], not {actual}",
    "{place}：{field} 应为列表，如 [a, b]，不能是 {actual}"};
inline constexpr core::ErrorCode kJobNotText{
    "compute.job_not_text", core::ErrorKind::InvalidArgument,
    "{place}: {field} must be a text, not {actual}", "{place}：{field} 应为文本，不能是 {actual}"};
inline constexpr core::ErrorCode kJobNotAnInteger{
    "compute.job_not_an_integer", core::ErrorKind::InvalidArgument,
    "{place}: {field} must be a whole number, not {actual}",
    "{place}：{field} 应为整数，不能是 {actual}"};
inline constexpr core::ErrorCode kJobTextTooLong{
    "compute.job_text_too_long", core::ErrorKind::InvalidArgument,
    "{place}: {field} must be text of at most {limit} bytes",
    "{place}：{field} 应为不超过 {limit} 字节的文本"};
inline constexpr core::ErrorCode kJobTooMany{
    "compute.job_too_many", core::ErrorKind::InvalidArgument,
    "{place}: {field} may have {limit} entries, not {actual}",
    "{place}：{field} 最多 {limit} 项，不能是 {actual}"};
inline constexpr core::ErrorCode kJobOutOfRange{
    "compute.job_out_of_range", core::ErrorKind::InvalidArgument,
    "{place}: {field} must be from {min} to {max}, not {actual}",
    "{place}：{field} 应在 {min} 到 {max} 之间，不能是 {actual}"};
inline constexpr core::ErrorCode kBadJobChoice{
    "compute.bad_job_choice", core::ErrorKind::InvalidArgument,
    "{place}: {field} must be one of {choices}, not {actual}",
    "{place}：{field} 应为 {choices} 之一，不能是 {actual}"};
inline constexpr core::ErrorCode kBadCpu{
    "compute.bad_cpu", core::ErrorKind::InvalidArgument,
    "{place}: {field} must be cores such as 2, 0.5 or 500m, not {actual}",
    "{place}：{field} 应为核数，如 2、0.5 或 500m，不能是 {actual}"};
inline constexpr core::ErrorCode kBadBytes{
    "compute.bad_bytes", core::ErrorKind::InvalidArgument,
    "{place}: {field} must be a size with its unit such as 512MiB or 4GiB, not {actual}",
    "{place}：{field} 应为带单位的大小，如 512MiB 或 4GiB，不能是 {actual}"};
inline constexpr core::ErrorCode kBadDuration{
    "compute.bad_duration", core::ErrorKind::InvalidArgument,
    "{place}: {field} must be a time with its unit such as 90s, 10m or 1h30m, not {actual}",
    "{place}：{field} 应为带单位的时长，如 90s、10m 或 1h30m，不能是 {actual}"};
inline constexpr core::ErrorCode kBadJobPath{
    "compute.bad_job_path", core::ErrorKind::InvalidArgument,
    "{place}: {field} must be a path below the working folder such as data/a.txt, not {actual}",
    "{place}：{field} 应为工作目录之下的路径，如 data/a.txt，不能是 {actual}"};
inline constexpr core::ErrorCode kJobPathTwice{
    "compute.job_path_twice", core::ErrorKind::InvalidArgument,
    "{place}: {field} names {actual} twice", "{place}：{field} 中 {actual} 出现了两次"};
inline constexpr core::ErrorCode kJobInputSource{
    "compute.job_input_source", core::ErrorKind::InvalidArgument,
    "{place}: the input {actual} needs either artifact (an uploaded object) or source (a local "
    "file)",
    "{place}：输入 {actual} 需要 artifact（已上传的对象）或 source（本地文件）之一"};
inline constexpr core::ErrorCode kBadArtifact{
    "compute.bad_artifact", core::ErrorKind::InvalidArgument,
    "{place}: artifact must be sha256: and 64 hexadecimal digits in lower case, not {actual}",
    "{place}：artifact 应为 sha256: 加 64 位小写十六进制数字，不能是 {actual}"};
inline constexpr core::ErrorCode kInputNotUploaded{
    "compute.input_not_uploaded", core::ErrorKind::InvalidArgument,
    "the input {path} is a local file; upload it and name its artifact, as `kapok job submit` does",
    "输入 {path} 是本地文件；请先上传并写明 artifact，`kapok job submit` 会自动完成"};
inline constexpr core::ErrorCode kBadEnvironmentName{
    "compute.bad_environment_name", core::ErrorKind::InvalidArgument,
    "{place}: the name of a variable has letters, digits and _ only, not {actual}",
    "{place}：变量名只能由字母、数字和 _ 组成，不能是 {actual}"};
inline constexpr core::ErrorCode kBadSite{
    "compute.bad_site", core::ErrorKind::InvalidArgument,
    "{place}: site must be the id of a site such as site_01J…, not {actual}",
    "{place}：site 应为算力中心的标识，如 site_01J…，不能是 {actual}"};

// Jobs and attempts.
inline constexpr core::ErrorCode kJobIsFinal{"compute.job_is_final", core::ErrorKind::Conflict,
                                             "the job has already ended as {state}",
                                             "作业已结束，状态为 {state}"};
inline constexpr core::ErrorCode kUnknownAttempt{
    "compute.unknown_attempt", core::ErrorKind::Conflict,
    "attempt {actual} was never dispatched; the last one is {attempt}",
    "从未下发过第 {actual} 次运行，最近一次是第 {attempt} 次"};
inline constexpr core::ErrorCode kJobNotQueued{"compute.job_not_queued", core::ErrorKind::Conflict,
                                               "the job is {state}, so it cannot be dispatched",
                                               "作业处于 {state} 状态，不能下发"};

inline constexpr core::ErrorCode kJobChanged{
    "compute.job_changed", core::ErrorKind::Conflict,
    "the job {job} was changed at the same time; look at it and try again",
    "作业 {job} 同时被修改，请查看后重试"};
inline constexpr core::ErrorCode kIdTaken{"compute.id_taken", core::ErrorKind::Conflict,
                                          "the id is taken; make a new one",
                                          "编号已被使用，请重新生成"};
inline constexpr core::ErrorCode kStaleId{
    "compute.stale_id", core::ErrorKind::InvalidArgument,
    "the id {id} was not made for this request; make a new one",
    "编号 {id} 不是为本次请求生成的，请重新生成"};
inline constexpr core::ErrorCode kProjectMissing{
    "compute.project_missing", core::ErrorKind::InvalidArgument,
    "say in which project the job runs: project_id is missing",
    "请用 project_id 指明作业所属的项目"};
inline constexpr core::ErrorCode kProjectSuspended{
    "compute.project_suspended", core::ErrorKind::Unprocessable,
    "the project {project} or its organization is suspended", "项目 {project} 或其机构已被停用"};
inline constexpr core::ErrorCode kUnknownArtifact{
    "compute.unknown_artifact", core::ErrorKind::Unprocessable,
    "your organization has no artifact {digest}; upload it first",
    "贵机构没有制品 {digest}，请先上传"};
inline constexpr core::ErrorCode kNameTaken{"compute.name_taken", core::ErrorKind::Conflict,
                                            "there is a {name} already in this organization",
                                            "本机构已有名为 {name} 的对象"};

// Agents.
inline constexpr core::ErrorCode kReportGap{
    "compute.report_gap", core::ErrorKind::Conflict,
    "the next report must be number {expected}, not {actual}",
    "下一条报告的序号应为 {expected}，不能是 {actual}"};
inline constexpr core::ErrorCode kNodeUnknown{
    "compute.node_unknown", core::ErrorKind::Conflict,
    "this node has not said hello yet, or is another agent's", "该节点尚未登记，或属于其他代理"};
inline constexpr core::ErrorCode kBadNode{"compute.bad_node", core::ErrorKind::InvalidArgument,
                                          "{field} must be {expected}", "{field} 应为 {expected}"};
inline constexpr core::ErrorCode kBadSignature{
    "compute.bad_signature", core::ErrorKind::InvalidArgument,
    "the measurement is not signed by the node's key", "该实测结果不是由节点密钥签名的"};
inline constexpr core::ErrorCode kForeignMeasurement{
    "compute.foreign_measurement", core::ErrorKind::InvalidArgument,
    "the measurement is of another node, or its time is wrong",
    "该实测结果属于其他节点，或时间有误"};
inline constexpr core::ErrorCode kAgentFolder{"compute.agent_folder", core::ErrorKind::Internal,
                                              "the agent cannot use {folder}: {why}",
                                              "代理无法使用 {folder}：{why}"};
inline constexpr core::ErrorCode kPlatformRefused{
    "compute.platform_refused", core::ErrorKind::Unavailable,
    "the platform answered {code} (status {status})", "平台答复 {code}（状态 {status}）"};
inline constexpr core::ErrorCode kNotEnrolled{
    "compute.not_enrolled", core::ErrorKind::Unauthenticated,
    "this agent has not joined yet; start it with an enrollment token",
    "该代理尚未入网，请使用入网令牌启动"};
inline constexpr core::ErrorCode kMembershipEnded{
    "compute.membership_ended", core::ErrorKind::Unauthenticated,
    "this host's certificate ended on {time}, while its agent was off or cut off; it must join "
    "again: "
    "ask the operator for a token (`kapok enrollment-token create`), then `kapok agent join "
    "--server "
    "URL --token TOKEN`. It stays the same node, and what runs on it goes on",
    "本机证书已于 {time} 到期（其间代理停机或断网），须重新入网：请向运营方索取令牌（`kapok "
    "enrollment-token create`），再执行 `kapok agent join --server URL --token TOKEN`。"
    "节点不变，正在运行的作业不受影响"};
inline constexpr core::ErrorCode kNetworkNotGranted{
    "compute.network_not_granted", core::ErrorKind::Unprocessable,
    "this node gives network access to its own organization's jobs only",
    "该节点只允许本机构的作业访问网络"};
inline constexpr core::ErrorCode kNoCards{"compute.no_cards", core::ErrorKind::Unavailable,
                                          "too few accelerators of model {model} are free",
                                          "型号 {model} 的空闲加速卡不足"};
inline constexpr core::ErrorCode kOutputTooLarge{
    "compute.output_too_large", core::ErrorKind::TooLarge,
    "the output {path} has more than {limit} bytes", "产出 {path} 超过 {limit} 字节"};
inline constexpr core::ErrorCode kNodeAnswers{
    "compute.node_answers", core::ErrorKind::Conflict,
    "the node {node} still answers; drain it, or stop its agent first",
    "节点 {node} 仍在线；请先排空或停止其代理"};
inline constexpr core::ErrorCode kForeignAttempt{
    "compute.foreign_attempt", core::ErrorKind::Conflict, "attempt {attempt} runs on another node",
    "运行 {attempt} 在其他节点上"};

// Services.
inline constexpr core::ErrorCode kBadService{
    "compute.bad_service", core::ErrorKind::InvalidArgument,
    "{field} of the service must be {expected}", "服务的 {field} 应为 {expected}"};
inline constexpr core::ErrorCode kUnknownService{
    "compute.unknown_service", core::ErrorKind::NotFound, "there is no service {service}",
    "没有服务 {service}"};
inline constexpr core::ErrorCode kJobIsService{
    "compute.job_is_service", core::ErrorKind::Conflict,
    "the job {job} serves a deployment; stop the deployment instead",
    "作业 {job} 在为部署提供服务，请改为停止该部署"};

inline constexpr core::ErrorCode kNoEngine{
    "compute.no_engine", core::ErrorKind::Unprocessable,
    "this node has no engine {engine}; install it, or name it with KAPOK_ENGINE",
    "该节点没有推理引擎 {engine}；请安装，或用 KAPOK_ENGINE 指定"};
inline constexpr core::ErrorCode kNoPort{"compute.no_port", core::ErrorKind::Unavailable,
                                         "no port of the loopback is free",
                                         "回环地址上没有空闲端口"};
inline constexpr core::ErrorCode kModelDamaged{
    "compute.model_damaged", core::ErrorKind::Unprocessable,
    "what came is not the model {digest}; import it again",
    "收到的内容不是模型 {digest}，请重新导入"};
inline constexpr core::ErrorCode kNotWanted{"compute.not_wanted", core::ErrorKind::Conflict,
                                            "nobody waits for it any more", "已不再需要"};

inline constexpr core::ErrorCode kMeasurementFailed{
    "compute.measurement_failed", core::ErrorKind::Internal,
    "{metric} could not be measured: {why}", "无法测量 {metric}：{why}"};
inline constexpr core::ErrorCode kWrongKernelResult{
    "compute.wrong_kernel_result", core::ErrorKind::Internal,
    "{metric}: {wrong} of {checked} checked results are wrong, so its speed does not count",
    "{metric}：抽查 {checked} 个结果有 {wrong} 个错误，其速度不予采信"};

inline constexpr std::array kErrors{&kNotCanonical,      &kBadDocument,
                                    &kBadYaml,           &kYamlEmpty,
                                    &kYamlNotText,       &kYamlAnchor,
                                    &kYamlTag,           &kYamlKey,
                                    &kYamlRepeated,      &kYamlSecondDocument,
                                    &kYamlUnexpected,    &kYamlTooDeep,
                                    &kYamlTooManyNodes,  &kJobTooManyNodes,
                                    &kJobFileTooLarge,   &kUnknownJobField,
                                    &kMissingJobField,   &kJobNotAMapping,
                                    &kJobNotAList,       &kJobNotText,
                                    &kJobNotAnInteger,   &kJobTextTooLong,
                                    &kJobTooMany,        &kJobOutOfRange,
                                    &kBadJobChoice,      &kBadCpu,
                                    &kBadBytes,          &kBadDuration,
                                    &kBadJobPath,        &kJobPathTwice,
                                    &kJobInputSource,    &kBadArtifact,
                                    &kInputNotUploaded,  &kBadEnvironmentName,
                                    &kBadSite,           &kJobIsFinal,
                                    &kUnknownAttempt,    &kJobNotQueued,
                                    &kJobChanged,        &kIdTaken,
                                    &kStaleId,           &kProjectMissing,
                                    &kProjectSuspended,  &kUnknownArtifact,
                                    &kNameTaken,         &kReportGap,
                                    &kNodeUnknown,       &kBadNode,
                                    &kBadSignature,      &kForeignMeasurement,
                                    &kAgentFolder,       &kPlatformRefused,
                                    &kNotEnrolled,       &kMembershipEnded,
                                    &kNetworkNotGranted, &kNoCards,
                                    &kOutputTooLarge,    &kNodeAnswers,
                                    &kForeignAttempt,    &kMeasurementFailed,
                                    &kWrongKernelResult, &kBadService,
                                    &kUnknownService,    &kJobIsService,
                                    &kNoEngine,          &kNoPort,
                                    &kModelDamaged,      &kNotWanted};
static_assert(core::languages_agree(kErrors));

}  // namespace kapok::compute
