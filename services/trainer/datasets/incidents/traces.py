"""Messages as the heart of a stack trace, as a reader sees it: frames gone, its lines joined by the mark for a break.

Programs that log exceptions seldom say what happened first: a handler says that something failed, and the reason
comes behind, in an exception of a general kind. Nothing here tells of any category.
"""

from __future__ import annotations

from random import Random

from shared.core.taxonomy import Language

BREAK = " ⏎ "
# Layouts of programs that write traces.
TRACED = frozenset((
    "logback", "logback_iso", "log4j", "log4j_bracket", "hadoop", "elasticsearch", "json", "json_service", "python",
    "celery", "django", "bracketed", "time_only",
))  # fmt: skip
_SHARE = 0.3
_HAS_CAUSE = 0.5
_HEADS: dict[Language, tuple[str, ...]] = {
    "en": (
        "Unhandled exception in request handler", "Exception in thread \"main\"", "Task failed",
        "Application run failed",
        "Servlet.service() for servlet [dispatcherServlet] in context with path [] threw exception",
        "request failed", "Unexpected exception occurred invoking async method",
        "Error while processing message", "job execution error",
        "Exception encountered during context initialization - cancelling refresh attempt", "uncaught error",
        "Traceback (most recent call last):", "Exception in ASGI application",
        "Internal Server Error: /api/v1/items", "Error occurred in scheduled task",
        "An exception was thrown by a user handler", "Failed to complete the operation", "listener failed",
        "worker loop raised", "[GlobalExceptionHandler] caught", "async task raised an exception",
        "pipeline step failed", "Batch item skipped after exception", "callback threw",
    ),
    "zh": (
        "请求处理发生未知异常", "运行时异常:", "系统异常", "任务执行失败", "全局异常捕获", "接口调用异常",
        "定时任务执行异常", "业务处理异常，请联系管理员", "服务内部错误", "消息消费异常", "异步任务抛出异常",
        "初始化失败，取消启动", "批处理条目异常，已跳过", "处理请求时出错", "线程执行异常退出", "回调执行异常",
        "操作失败", "未捕获异常", "调用下游接口异常", "执行步骤失败",
    ),
}  # fmt: skip
_EXCEPTIONS = (
    "java.lang.RuntimeException", "java.util.concurrent.ExecutionException",
    "java.util.concurrent.CompletionException", "org.springframework.web.util.NestedServletException",
    "java.lang.reflect.InvocationTargetException", "java.lang.IllegalStateException",
    "com.example.common.ServiceException", "com.example.core.BusinessException", "java.lang.Exception",
    "RuntimeError", "Exception", "app.errors.ServiceError", "celery.exceptions.TaskError",
    "org.apache.hadoop.util.TaskException", "java.io.UncheckedException", "InternalError",
)  # fmt: skip


def as_trace(message: str, layout: str, language: Language, rng: Random) -> str:
    """The message, or (in a share of the lines of programs that write traces) a trace that ends in it."""
    if layout not in TRACED or rng.random() >= _SHARE:
        return message
    head, outer = rng.choice(_HEADS[language]), rng.choice(_EXCEPTIONS)
    if rng.random() >= _HAS_CAUSE:
        return BREAK.join((head, f"{outer}: {message}"))
    return BREAK.join((head, f"{outer}: {head}", f"Caused by: {rng.choice(_EXCEPTIONS)}: {message}"))
