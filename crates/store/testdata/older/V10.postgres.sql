CREATE TABLE public.api_hosts (
    mchid text NOT NULL COLLATE pg_catalog."C",
    n bigint NOT NULL,
    url text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.api_keys (
    hash bytea NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    mchid text NOT NULL COLLATE pg_catalog."C",
    sub_mchid text NOT NULL COLLATE pg_catalog."C",
    scopes text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    not_after bigint
);
CREATE TABLE public.audit (
    mchid text NOT NULL COLLATE pg_catalog."C",
    n bigint NOT NULL,
    at bigint NOT NULL,
    actor text NOT NULL COLLATE pg_catalog."C",
    action text NOT NULL COLLATE pg_catalog."C",
    detail text NOT NULL COLLATE pg_catalog."C",
    previous bytea NOT NULL,
    hash bytea NOT NULL
);
CREATE TABLE public.contributions (
    mchid text NOT NULL COLLATE pg_catalog."C",
    pool text NOT NULL COLLATE pg_catalog."C",
    sub_mchid text NOT NULL COLLATE pg_catalog."C",
    judged bigint NOT NULL,
    confirmed bigint NOT NULL,
    unchecked bigint NOT NULL,
    day text NOT NULL COLLATE pg_catalog."C",
    brought bigint NOT NULL,
    brought_before bigint NOT NULL
);
CREATE TABLE public.feed (
    mchid text NOT NULL COLLATE pg_catalog."C",
    seq bigint NOT NULL,
    refund_id text NOT NULL COLLATE pg_catalog."C",
    n bigint NOT NULL
);
CREATE TABLE public.intake (
    mchid text NOT NULL COLLATE pg_catalog."C",
    seq bigint NOT NULL,
    at bigint NOT NULL,
    what text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.journal (
    mchid text NOT NULL COLLATE pg_catalog."C",
    refund_id text NOT NULL COLLATE pg_catalog."C",
    n bigint NOT NULL,
    epoch bigint NOT NULL,
    at bigint NOT NULL,
    cause text NOT NULL COLLATE pg_catalog."C",
    from_state text NOT NULL COLLATE pg_catalog."C",
    to_state text NOT NULL COLLATE pg_catalog."C",
    attempts bigint NOT NULL,
    request_id text COLLATE pg_catalog."C",
    answer text COLLATE pg_catalog."C",
    certificate text COLLATE pg_catalog."C"
);
CREATE TABLE public.ledger_days (
    mchid text NOT NULL COLLATE pg_catalog."C",
    pool text NOT NULL COLLATE pg_catalog."C",
    day text NOT NULL COLLATE pg_catalog."C",
    paid bigint NOT NULL,
    accepted bigint NOT NULL,
    succeeded bigint NOT NULL,
    returned bigint NOT NULL
);
CREATE TABLE public.merchants (
    mchid text NOT NULL COLLATE pg_catalog."C",
    mode text NOT NULL COLLATE pg_catalog."C",
    number_form text NOT NULL COLLATE pg_catalog."C",
    settlement_currency text NOT NULL COLLATE pg_catalog."C",
    wire text NOT NULL COLLATE pg_catalog."C",
    region text NOT NULL COLLATE pg_catalog."C",
    appid text NOT NULL COLLATE pg_catalog."C",
    is_sandbox boolean NOT NULL,
    paused boolean DEFAULT false NOT NULL,
    halt_fault text COLLATE pg_catalog."C",
    halt_since bigint,
    last_intake bigint DEFAULT 0 NOT NULL
);
CREATE TABLE public.nodes (
    id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    version text NOT NULL COLLATE pg_catalog."C",
    draining boolean NOT NULL,
    joined_at bigint NOT NULL,
    heard_at bigint NOT NULL
);
CREATE TABLE public.notices (
    mchid text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    upstream_no text NOT NULL COLLATE pg_catalog."C",
    at bigint NOT NULL,
    raw bytea NOT NULL
);
CREATE TABLE public.orders (
    mchid text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    sub_mchid text NOT NULL COLLATE pg_catalog."C",
    out_trade_no text COLLATE pg_catalog."C",
    transaction_id text COLLATE pg_catalog."C",
    facts text NOT NULL COLLATE pg_catalog."C",
    reserved bigint NOT NULL,
    reserved_count bigint NOT NULL,
    accepted bigint NOT NULL,
    accepted_payer bigint NOT NULL,
    last_request bigint,
    last_number text COLLATE pg_catalog."C",
    merged_into text COLLATE pg_catalog."C",
    version bigint NOT NULL,
    paid_at bigint
);
CREATE TABLE public.ownership (
    mchid text NOT NULL COLLATE pg_catalog."C",
    node text NOT NULL COLLATE pg_catalog."C",
    epoch bigint NOT NULL,
    feed_seq bigint NOT NULL,
    set_up bigint DEFAULT 0 NOT NULL
);
CREATE TABLE public.past_days (
    mchid text NOT NULL COLLATE pg_catalog."C",
    pool text NOT NULL COLLATE pg_catalog."C",
    day text NOT NULL COLLATE pg_catalog."C",
    refunded bigint NOT NULL,
    source text NOT NULL COLLATE pg_catalog."C",
    curve text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.pool_days (
    mchid text NOT NULL COLLATE pg_catalog."C",
    day text NOT NULL COLLATE pg_catalog."C",
    pool text NOT NULL COLLATE pg_catalog."C",
    confirmed bigint NOT NULL,
    reported bigint NOT NULL,
    accepted bigint NOT NULL,
    returned bigint NOT NULL,
    told text NOT NULL COLLATE pg_catalog."C",
    promises_kept bigint NOT NULL,
    promises_broken bigint NOT NULL,
    night_drawn bigint NOT NULL,
    refundable_at_s bigint,
    gone_at_s bigint,
    refusals_spent bigint NOT NULL,
    hours_waited bigint NOT NULL,
    kept_for text COLLATE pg_catalog."C"
);
CREATE TABLE public.refunds (
    mchid text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    sub_mchid text NOT NULL COLLATE pg_catalog."C",
    out_refund_no text NOT NULL COLLATE pg_catalog."C",
    upstream_no text NOT NULL COLLATE pg_catalog."C",
    amount bigint NOT NULL,
    currency text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    deadline bigint,
    class bigint NOT NULL,
    request bytea NOT NULL,
    wire text NOT NULL COLLATE pg_catalog."C",
    asked text NOT NULL COLLATE pg_catalog."C",
    order_id text NOT NULL COLLATE pg_catalog."C",
    pool text NOT NULL COLLATE pg_catalog."C",
    need_low bigint NOT NULL,
    need_best bigint NOT NULL,
    need_high bigint NOT NULL,
    need_source text NOT NULL COLLATE pg_catalog."C",
    state text NOT NULL COLLATE pg_catalog."C",
    life text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    due bigint,
    bucket bigint
);
CREATE TABLE public.secrets (
    mchid text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    key_id text NOT NULL COLLATE pg_catalog."C",
    sealed bytea NOT NULL
);
CREATE TABLE public.settings (
    name text NOT NULL COLLATE pg_catalog."C",
    value bytea NOT NULL
);
CREATE TABLE public.state_totals (
    mchid text NOT NULL COLLATE pg_catalog."C",
    state text NOT NULL COLLATE pg_catalog."C",
    count bigint NOT NULL
);
CREATE TABLE public.sub_merchants (
    mchid text NOT NULL COLLATE pg_catalog."C",
    sub_mchid text NOT NULL COLLATE pg_catalog."C",
    weight bigint DEFAULT 100 NOT NULL
);
CREATE TABLE public.tidegate_schema (
    is_only boolean NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT tidegate_schema_is_only_check CHECK (is_only)
);
CREATE TABLE public.waiting_totals (
    mchid text NOT NULL COLLATE pg_catalog."C",
    pool text NOT NULL COLLATE pg_catalog."C",
    class bigint NOT NULL,
    sub_mchid text NOT NULL COLLATE pg_catalog."C",
    bucket bigint NOT NULL,
    count bigint NOT NULL,
    sum bigint NOT NULL
);
INSERT INTO public.api_hosts VALUES
	('1900000001', 0, 'http://127.0.0.1:34411'),
	('1900000001', 1, 'https://127.0.0.1:45749'),
	('1900000002', 0, 'http://127.0.0.1:34411'),
	('1900000002', 1, 'https://127.0.0.1:45749');
INSERT INTO public.feed VALUES
	('1900000002', 1, '01KE5TP1M0D02TBNCR1W86D2YK', 2),
	('1900000002', 2, '01KE5TP1M0D02TBNCR1W86D2YK', 3),
	('1900000002', 3, '01KE5TP1M0D02TBNCR1W86D2YK', 5),
	('1900000002', 4, '01KE5Y3X802GDRGJ8NNHH2BMBT', 2),
	('1900000002', 5, '01KE5Y3X802GDRGJ8NNHH2BMBT', 3),
	('1900000002', 6, '01KE8GJEV0Y1ESPVJV2EBY2E0P', 2),
	('1900000002', 7, '01KE8GJEV0Y1ESPVJV2EBY2E0P', 3);
INSERT INTO public.intake VALUES
	('1900000002', 7, 1767664920000000, '{"v":1,"what":{"refund":"rf.1900000002.01KE8GM9E0KPCXTBC8XXCTMG48"}}');
INSERT INTO public.journal VALUES
	('1900000002', '01KE5TP1M0D02TBNCR1W86D2YK', 1, 0, 1767574800000000, 'created', '', 'queued', 0, NULL, NULL, NULL),
	('1900000002', '01KE5TP1M0D02TBNCR1W86D2YK', 2, 1, 1767574801000000, 'released', 'queued', 'submitting', 1, NULL, NULL, NULL),
	('1900000002', '01KE5TP1M0D02TBNCR1W86D2YK', 3, 1, 1767574801000000, 'accepted', 'submitting', 'processing', 1, '413E380EA5ABEA1928DFC184AACA2A17-0', '200', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5TP1M0D02TBNCR1W86D2YK', 4, 1, 1767574824205000, 'ask_now', 'processing', 'processing', 1, NULL, 'notification', NULL),
	('1900000002', '01KE5TP1M0D02TBNCR1W86D2YK', 5, 1, 1767574824205000, 'found', 'processing', 'succeeded', 1, 'A853163819DE2C889354B11C29D6565E-0', '200', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 1, 0, 1767578400000000, 'created', '', 'queued', 0, NULL, NULL, NULL),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 2, 1, 1767578400000000, 'released', 'queued', 'submitting', 1, NULL, NULL, NULL),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 3, 1, 1767578400000000, 'unclear', 'submitting', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 4, 1, 1767578400000000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 5, 1, 1767578405000000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 6, 1, 1767578435000000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 7, 1, 1767578444383000, 'ask_now', 'unclear', 'unclear', 1, NULL, 'notification', NULL),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 8, 1, 1767578444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 9, 1, 1767579044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 10, 1, 1767579644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 11, 1, 1767580244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 12, 1, 1767580844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 13, 1, 1767581444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 14, 1, 1767582044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 15, 1, 1767582644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 16, 1, 1767583244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 17, 1, 1767583844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 18, 1, 1767584444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 19, 1, 1767585044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 20, 1, 1767585644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 21, 1, 1767586244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 22, 1, 1767586844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 23, 1, 1767587444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 24, 1, 1767588044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 25, 1, 1767588644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 26, 1, 1767589244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 27, 1, 1767589844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 28, 1, 1767590444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 29, 1, 1767591044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 30, 1, 1767591644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 31, 1, 1767592244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 32, 1, 1767592844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 33, 1, 1767593444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 34, 1, 1767594044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 35, 1, 1767594644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 36, 1, 1767595244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 37, 1, 1767595844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 38, 1, 1767596444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 39, 1, 1767597044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 46, 1, 1767601244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 49, 1, 1767603044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 53, 1, 1767605444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 57, 1, 1767607844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 68, 1, 1767614444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 72, 1, 1767616844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 76, 1, 1767619244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 79, 1, 1767621044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 83, 1, 1767623444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 87, 1, 1767625844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 91, 1, 1767628244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 94, 1, 1767630044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 98, 1, 1767632444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 101, 1, 1767634244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 105, 1, 1767636644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 109, 1, 1767639044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 120, 1, 1767645644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 123, 1, 1767647444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 127, 1, 1767649844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 131, 1, 1767652244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 142, 1, 1767658844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 146, 1, 1767661244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE8GJEV0Y1ESPVJV2EBY2E0P', 1, 0, 1767664860000000, 'created', '', 'queued', 0, NULL, NULL, NULL),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 40, 1, 1767597644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 43, 1, 1767599444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 47, 1, 1767601844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 51, 1, 1767604244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 55, 1, 1767606644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 59, 1, 1767609044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 63, 1, 1767611444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 67, 1, 1767613844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 75, 1, 1767618644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 78, 1, 1767620444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 82, 1, 1767622844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 86, 1, 1767625244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 93, 1, 1767629444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 100, 1, 1767633644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 114, 1, 1767642044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 118, 1, 1767644444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 121, 1, 1767646244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 124, 1, 1767648044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 128, 1, 1767650444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 132, 1, 1767652844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 143, 1, 1767659444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 147, 1, 1767661844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 150, 1, 1767663644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 152, 1, 1767664844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE8GM9E0KPCXTBC8XXCTMG48', 1, 0, 1767664920000000, 'created', '', 'queued', 0, NULL, NULL, NULL),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 41, 1, 1767598244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 44, 1, 1767600044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 62, 1, 1767610844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 113, 1, 1767641444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 117, 1, 1767643844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 135, 1, 1767654644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 139, 1, 1767657044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE8GJEV0Y1ESPVJV2EBY2E0P', 2, 1, 1767664860000000, 'released', 'queued', 'submitting', 1, NULL, NULL, NULL);
INSERT INTO public.journal VALUES
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 42, 1, 1767598844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 60, 1, 1767609644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 64, 1, 1767612044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 71, 1, 1767616244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 89, 1, 1767627044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 97, 1, 1767631844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 119, 1, 1767645044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 126, 1, 1767649244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 130, 1, 1767651644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 141, 1, 1767658244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 145, 1, 1767660644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 149, 1, 1767663044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 45, 1, 1767600644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 48, 1, 1767602444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 52, 1, 1767604844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 56, 1, 1767607244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 90, 1, 1767627644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 104, 1, 1767636044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 108, 1, 1767638444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 112, 1, 1767640844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 116, 1, 1767643244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 134, 1, 1767654044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 138, 1, 1767656444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 50, 1, 1767603644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 54, 1, 1767606044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 58, 1, 1767608444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 66, 1, 1767613244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 80, 1, 1767621644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 84, 1, 1767624044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 103, 1, 1767635444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 107, 1, 1767637844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 111, 1, 1767640244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 122, 1, 1767646844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 125, 1, 1767648644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 136, 1, 1767655244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 140, 1, 1767657644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE8GJEV0Y1ESPVJV2EBY2E0P', 3, 1, 1767664860000000, 'not_enough', 'submitting', 'waiting', 1, 'F9A5394236BB50CF88F3A637444EE796-88430113', '403 NOT_ENOUGH', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 61, 1, 1767610244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 65, 1, 1767612644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 69, 1, 1767615044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 73, 1, 1767617444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 88, 1, 1767626444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 95, 1, 1767630644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 99, 1, 1767633044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 102, 1, 1767634844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 106, 1, 1767637244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 110, 1, 1767639644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 129, 1, 1767651044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 133, 1, 1767653444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 148, 1, 1767662444383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 151, 1, 1767664244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 70, 1, 1767615644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 74, 1, 1767618044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 77, 1, 1767619844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 81, 1, 1767622244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 85, 1, 1767624644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 92, 1, 1767628844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 96, 1, 1767631244383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 115, 1, 1767642644383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 137, 1, 1767655844383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3'),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', 144, 1, 1767660044383000, 'asked_in_vain', 'unclear', 'unclear', 1, NULL, 'connection cut', '55AA0228074953BB39F31BDF11857F7599CBC7C3');
INSERT INTO public.ledger_days VALUES
	('1900000002', 'CNY', '2026-01-05', 0, 3000, 3000, 0);
INSERT INTO public.merchants VALUES
	('1900000001', 'institution', 'prefixed', 'USD', 'v3', 'global', 'wx0000000000000001', true, false, NULL, NULL, 0),
	('1900000002', 'direct', 'as_given', 'HKD', 'v3', 'global', 'wx0000000000000002', true, false, NULL, NULL, 7);
INSERT INTO public.orders VALUES
	('1900000002', '01KE5TP1M0MAGNWH37WS9QPZM0', '', 'T1', NULL, '{"v":1,"total":[[10000,"CNY"],"claimed"],"looked_up":false}', 3000, 1, 3000, 3000, 1767574801000000, 'R1', NULL, 3, NULL),
	('1900000002', '01KE5Y3X80Y4BYV51S05C2P7SG', '', 'T2', NULL, '{"v":1,"total":[[10000,"CNY"],"claimed"],"looked_up":false}', 3000, 1, 0, 0, 1767578400000000, 'R2', NULL, 3, NULL),
	('1900000002', '01KE8GJEV0FMMVWPB18ANK1PN6', '', 'T3', NULL, '{"v":1,"total":[[10000,"CNY"],"claimed"],"looked_up":false}', 3000, 1, 0, 0, 1767664860000000, 'R3', NULL, 3, NULL),
	('1900000002', '01KE8GM9E0JAEQMM3MSXX38DC5', '', 'T4', NULL, '{"v":1,"total":[[10000,"CNY"],"claimed"],"looked_up":false}', 3000, 1, 0, 0, NULL, NULL, NULL, 1, NULL);
INSERT INTO public.ownership VALUES
	('1900000001', '01M82NZ54APBHH1D754P38FDYJ', 1, 0, 5),
	('1900000002', '01M82NZ54APBHH1D754P38FDYJ', 1, 7, 5);
INSERT INTO public.past_days VALUES
	('1900000002', 'CNY', '2026-01-05', 6000, 'platform', '{"v":1,"slots":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,40000]}');
INSERT INTO public.pool_days VALUES
	('1900000002', '2026-01-05', 'CNY', 0, 0, 3000, 0, '{"v":1,"looks":[{"at":1767574801000000,"brought":3000,"seen":0,"enough":true}]}', 0, 0, 0, NULL, NULL, 0, 0, NULL),
	('1900000002', '2026-01-06', 'CNY', 0, 0, 0, 0, '{"v":1,"looks":[{"at":1767664860000000,"brought":3000,"seen":0,"enough":false}]}', 0, 0, 0, NULL, NULL, 0, 0, NULL);
INSERT INTO public.refunds VALUES
	('1900000002', '01KE5TP1M0D02TBNCR1W86D2YK', '', 'R1', 'R1', 3000, 'CNY', 1767574800000000, NULL, 1, '\x7b226d63686964223a2231393030303030303032222c226170706964223a22777830303030303030303030303030303032222c226f75745f74726164655f6e6f223a225431222c226f75745f726566756e645f6e6f223a225231222c22616d6f756e74223a7b22726566756e64223a333030302c22746f74616c223a31303030302c2263757272656e6379223a22434e59227d2c226e6f746966795f75726c223a22687474703a2f2f3132372e302e302e313a34303937352f63616c6c6261636b732f7765636861747061792f313930303030303030322f726566756e6473227d', 'v3', '{"v":1,"out_trade_no":"T1","amount":[3000,"CNY"],"total":[10000,"CNY"]}', '01KE5TP1M0MAGNWH37WS9QPZM0', 'CNY', 3000, 3000, 3000, 'exact', 'succeeded', '{"v":1,"state":{"succeeded":{"acceptance":{"refund_id":"50714367032026010553541450498","at":1767574801000000,"payer_refund":[3000,"CNY"]},"at":1767574824000000,"received_in":"支付用户零钱"}},"attempts":{"count":1,"last_signed_at":1767574801000000,"unproven_until":1767575161000000},"result_at":1767574824205000}', 5, NULL, NULL),
	('1900000002', '01KE5Y3X802GDRGJ8NNHH2BMBT', '', 'R2', 'R2', 3000, 'CNY', 1767578400000000, NULL, 1, '\x7b226d63686964223a2231393030303030303032222c226170706964223a22777830303030303030303030303030303032222c226f75745f74726164655f6e6f223a225432222c226f75745f726566756e645f6e6f223a225232222c22616d6f756e74223a7b22726566756e64223a333030302c22746f74616c223a31303030302c2263757272656e6379223a22434e59227d2c226e6f746966795f75726c223a22687474703a2f2f3132372e302e302e313a34303937352f63616c6c6261636b732f7765636861747061792f313930303030303030322f726566756e6473227d', 'v3', '{"v":1,"out_trade_no":"T2","amount":[3000,"CNY"],"total":[10000,"CNY"]}', '01KE5Y3X80Y4BYV51S05C2P7SG', 'CNY', 3000, 3000, 3000, 'exact', 'unclear', '{"v":1,"state":{"unclear":{"since":1767578400000000}},"attempts":{"count":1,"last_signed_at":1767578400000000,"unproven_until":1767578760000000},"ask_at":1767665444383000,"asked_in_vain":148,"attention":{"reason":"unclear_for_long","since":1767582044383000}}', 152, 1767665444383000, NULL),
	('1900000002', '01KE8GJEV0Y1ESPVJV2EBY2E0P', '', 'R3', 'R3', 3000, 'CNY', 1767664860000000, NULL, 1, '\x7b226d63686964223a2231393030303030303032222c226170706964223a22777830303030303030303030303030303032222c226f75745f74726164655f6e6f223a225433222c226f75745f726566756e645f6e6f223a225233222c22616d6f756e74223a7b22726566756e64223a333030302c22746f74616c223a31303030302c2263757272656e6379223a22434e59227d2c226e6f746966795f75726c223a22687474703a2f2f3132372e302e302e313a34303937352f63616c6c6261636b732f7765636861747061792f313930303030303030322f726566756e6473227d', 'v3', '{"v":1,"out_trade_no":"T3","amount":[3000,"CNY"],"total":[10000,"CNY"]}', '01KE8GJEV0FMMVWPB18ANK1PN6', 'CNY', 3000, 3000, 3000, 'exact', 'waiting', '{"v":1,"state":{"waiting":{"why":"funds","since":1767664860000000,"not_before":1767668478927000}},"attempts":{"count":1,"last_signed_at":1767664860000000,"unproven_until":1767665220000000}}', 3, NULL, 11),
	('1900000002', '01KE8GM9E0KPCXTBC8XXCTMG48', '', 'R4', 'R4', 3000, 'CNY', 1767664920000000, NULL, 1, '\x7b226d63686964223a2231393030303030303032222c226170706964223a22777830303030303030303030303030303032222c226f75745f74726164655f6e6f223a225434222c226f75745f726566756e645f6e6f223a225234222c22616d6f756e74223a7b22726566756e64223a333030302c22746f74616c223a31303030302c2263757272656e6379223a22434e59227d2c226e6f746966795f75726c223a22687474703a2f2f3132372e302e302e313a34303937352f63616c6c6261636b732f7765636861747061792f313930303030303030322f726566756e6473227d', 'v3', '{"v":1,"out_trade_no":"T4","amount":[3000,"CNY"],"total":[10000,"CNY"]}', '01KE8GM9E0JAEQMM3MSXX38DC5', 'CNY', 3000, 3000, 3000, 'exact', 'queued', '{"v":1,"state":"queued","attempts":{}}', 1, NULL, 11);
INSERT INTO public.state_totals VALUES
	('1900000002', 'processing', 0),
	('1900000002', 'succeeded', 1),
	('1900000002', 'unclear', 1),
	('1900000002', 'submitting', 0),
	('1900000002', 'waiting', 1),
	('1900000002', 'queued', 1);
INSERT INTO public.sub_merchants VALUES
	('1900000001', '1900000101', 100),
	('1900000001', '1900000102', 100),
	('1900000001', '1900000103', 100);
INSERT INTO public.tidegate_schema VALUES
	(true, 10);
INSERT INTO public.waiting_totals VALUES
	('1900000002', 'CNY', 1, '', 11, 2, 6000);
ALTER TABLE ONLY public.api_hosts
    ADD CONSTRAINT api_hosts_pkey PRIMARY KEY (mchid, n);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (hash);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (mchid, n);
ALTER TABLE ONLY public.contributions
    ADD CONSTRAINT contributions_pkey PRIMARY KEY (mchid, pool, sub_mchid);
ALTER TABLE ONLY public.feed
    ADD CONSTRAINT feed_pkey PRIMARY KEY (mchid, seq);
ALTER TABLE ONLY public.intake
    ADD CONSTRAINT intake_pkey PRIMARY KEY (mchid, seq);
ALTER TABLE ONLY public.journal
    ADD CONSTRAINT journal_pkey PRIMARY KEY (mchid, refund_id, n);
ALTER TABLE ONLY public.ledger_days
    ADD CONSTRAINT ledger_days_pkey PRIMARY KEY (mchid, pool, day);
ALTER TABLE ONLY public.merchants
    ADD CONSTRAINT merchants_pkey PRIMARY KEY (mchid);
ALTER TABLE ONLY public.nodes
    ADD CONSTRAINT nodes_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.notices
    ADD CONSTRAINT notices_pkey PRIMARY KEY (mchid, id);
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (mchid, id);
ALTER TABLE ONLY public.ownership
    ADD CONSTRAINT ownership_pkey PRIMARY KEY (mchid);
ALTER TABLE ONLY public.past_days
    ADD CONSTRAINT past_days_pkey PRIMARY KEY (mchid, pool, day);
ALTER TABLE ONLY public.pool_days
    ADD CONSTRAINT pool_days_pkey PRIMARY KEY (mchid, day, pool);
ALTER TABLE ONLY public.refunds
    ADD CONSTRAINT refunds_pkey PRIMARY KEY (mchid, id);
ALTER TABLE ONLY public.secrets
    ADD CONSTRAINT secrets_pkey PRIMARY KEY (mchid, name, version);
ALTER TABLE ONLY public.settings
    ADD CONSTRAINT settings_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.state_totals
    ADD CONSTRAINT state_totals_pkey PRIMARY KEY (mchid, state);
ALTER TABLE ONLY public.sub_merchants
    ADD CONSTRAINT sub_merchants_pkey PRIMARY KEY (mchid, sub_mchid);
ALTER TABLE ONLY public.tidegate_schema
    ADD CONSTRAINT tidegate_schema_pkey PRIMARY KEY (is_only);
ALTER TABLE ONLY public.waiting_totals
    ADD CONSTRAINT waiting_totals_pkey PRIMARY KEY (mchid, pool, class, sub_mchid, bucket);
CREATE INDEX api_keys_mchid ON public.api_keys USING btree (mchid, created_at, hash);
CREATE INDEX notices_upstream_no ON public.notices USING btree (mchid, upstream_no, at, id);
CREATE UNIQUE INDEX orders_out_trade_no ON public.orders USING btree (mchid, out_trade_no, sub_mchid) WHERE (out_trade_no IS NOT NULL);
CREATE INDEX orders_paid_at ON public.orders USING btree (mchid, paid_at, id) WHERE ((paid_at IS NOT NULL) AND (merged_into IS NULL));
CREATE UNIQUE INDEX orders_transaction_id ON public.orders USING btree (mchid, transaction_id, sub_mchid) WHERE (transaction_id IS NOT NULL);
CREATE INDEX refunds_created ON public.refunds USING btree (mchid, created_at, id);
CREATE INDEX refunds_due ON public.refunds USING btree (mchid, due, id) WHERE (due IS NOT NULL);
CREATE UNIQUE INDEX refunds_number ON public.refunds USING btree (mchid, out_refund_no, sub_mchid);
CREATE INDEX refunds_order ON public.refunds USING btree (mchid, order_id, created_at, id);
CREATE INDEX refunds_state ON public.refunds USING btree (mchid, state, created_at, id);
CREATE INDEX refunds_sub_mchid ON public.refunds USING btree (mchid, sub_mchid, created_at, id) WHERE (sub_mchid <> ''::text);
CREATE UNIQUE INDEX refunds_upstream_no ON public.refunds USING btree (mchid, upstream_no);
CREATE INDEX refunds_waiting ON public.refunds USING btree (mchid, pool, class, sub_mchid, bucket, created_at, id) WHERE (bucket IS NOT NULL);
