"""The same rules in other people's engines, each written as its own manual would have it.

Every function takes the file and returns findings: {rule: the lines it is broken on}. The patterns
and codes are those of the declaration, so that the rules are the same rules.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path

from anchornet.returns.declaration import RETURNS
from anchornet.returns.field_types import (
    ERROR_CELL,
    MONEY,
    ORG_ID,
    OUTCODE,
    POSTCODE,
    SPACED_POSTCODE,
)

Findings = dict[str, list[int]]
SPEND = RETURNS["spend"]
FIRST, LAST = date(2026, 9, 1), date(2026, 9, 30)
DATES = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%d-%B-%Y")
MIDNIGHT = r"[ T]00:00(:00(\.0+)?)?$"
YES, NO = ["yes", "y", "true", "t", "1"], ["no", "n", "false", "f", "0"]
ANY_POSTCODE = f"^(?:{POSTCODE}|{OUTCODE})$"
PERSON = r"(?i)^(?:mr|mrs|ms|miss|mx)\.? +(?:[a-z][a-z'-]*\.? +){0,2}[a-z][a-z'-]+$"
PERSONAL = {
    "email_address": r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}",
    "national_insurance_number": (
        r"(?i)^[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]$"
    ),
}
PERSONAL["error_cell"] = f"^(?:{ERROR_CELL})$"
NUMBER_AS_SUPPLIER = "^[0-9][0-9 .,/-]*$"
TITLED = r"(?i)^(?:mr|mrs|ms|miss|mx) +[a-z]"
EQUAL = ["reference", "supplier_name", "paid_on", "amount_gbp", "category", "department"]


def codes(field: str) -> tuple[list[str], dict[str, str]]:
    """A code field's codes, and its labels in lower case with the code that each stands for."""
    labels = SPEND.field(field).codes or {}
    return list(labels), {label.lower(): code for code, label in labels.items()}


def pandera_polars(path: Path) -> Findings:
    """Read as text, typed columns beside it, one lazy schema over both."""
    import pandera.polars as pa
    import polars as pl
    from pandera.api.polars.types import PolarsData

    def typed(frame: pl.DataFrame) -> pl.DataFrame:
        day = pl.col("paid_on").str.replace(MIDNIGHT, "")
        moment = pl.coalesce(day.str.to_date(form, strict=False) for form in DATES)
        amount = pl.col("amount_gbp").str.replace_all(" ", "", literal=True)
        figure = amount.str.replace_all(r"[£,()-]", "").cast(pl.Decimal(16, 2), strict=False)
        answer = pl.col("influenceable").str.to_lowercase()
        parsed = {
            "paid_on": pl.when(moment.is_between(date(2000, 1, 1), date(2100, 12, 31))).then(
                moment
            ),
            "amount_gbp": pl.when(amount.str.contains(f"^{MONEY}$")).then(
                pl.when(amount.str.contains(r"[-(]")).then(-figure).otherwise(figure)
            ),
            "influenceable": pl.when(answer.is_in(YES))
            .then(pl.lit(True))
            .when(answer.is_in(NO))
            .then(pl.lit(False)),
        }
        for field in ("supplier_postcode", "branch_postcode"):
            bare = pl.col(field).str.replace_all(" ", "", literal=True).str.to_uppercase()
            parsed[field] = pl.when(bare.str.contains(ANY_POSTCODE)).then(bare)
        upper = pl.col("supplier_id").str.to_uppercase()
        parsed["supplier_id"] = pl.when(upper.str.contains(f"^{ORG_ID}$")).then(upper)
        for field in ("supplier_size", "supplier_type"):
            known, labels = codes(field)
            lower = pl.col(field).str.to_lowercase()
            plain = lower.str.replace_all("[ -]", "_")
            parsed[field] = (
                pl.when(plain.is_in(known))
                .then(plain)
                .otherwise(lower.replace_strict(labels, default=None))
            )
        return frame.with_columns(
            expression.alias(f"{field}_typed") for field, expression in parsed.items()
        )

    def understood(data: PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(
            pl.col(data.key).is_null() | pl.col(f"{data.key}_typed").is_not_null()
        )

    def in_period(data: PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.col("paid_on_typed").is_between(FIRST, LAST))

    def no_person(data: PolarsData) -> pl.LazyFrame:
        person = pl.col("supplier_name").str.contains(PERSON)
        individual = pl.col("supplier_type_typed").eq_missing("individual")
        return data.lazyframe.select(~(person & ~individual))

    def once(data: PolarsData) -> pl.LazyFrame:
        """Lines equal in every way and in their reference, where references tell lines apart."""
        shared = data.lazyframe.select(EQUAL).with_row_index("row").filter(
            pl.col("reference").is_not_null() & pl.col("reference").is_duplicated()
        )  # fmt: skip
        shared = shared.with_columns(
            equal=pl.len().over(EQUAL),
            different=pl.struct(EQUAL).n_unique().over("reference"),
        )
        vague = pl.col("different").gt(1).filter(pl.col("reference").is_first_distinct()).mean()
        rows = shared.filter((pl.col("equal") > 1) & (vague < 0.05)).select("row").collect()
        return data.lazyframe.select(~pl.int_range(pl.len()).is_in(rows["row"].implode()))

    def free_of(pattern: str) -> Callable[[PolarsData], pl.LazyFrame]:
        return lambda data: data.lazyframe.select(~pl.col(data.key).str.contains(pattern))

    def few_titled(data: PolarsData) -> pl.LazyFrame:
        titled = pl.col(data.key).str.contains(TITLED)
        return data.lazyframe.select(~(titled & (titled.mean() >= 0.5)))

    def column(field: str, *own: pa.Check) -> pa.Column:
        declared = SPEND.field(field)
        checks = list(own)
        if declared.type != "text":
            checks.insert(0, pa.Check(understood, error=declared.kind.rule))
        else:
            checks += [pa.Check(free_of(p), error=rule) for rule, p in PERSONAL.items()]
            if field != "supplier_name":
                checks.append(pa.Check(few_titled, error="person_name"))
        return pa.Column(
            pl.String, checks, nullable=not declared.required, required=declared.required
        )

    own = {
        "paid_on": [pa.Check(in_period, error="outside_period")],
        "supplier_name": [
            pa.Check(no_person, error="person_as_supplier"),
            pa.Check(free_of(NUMBER_AS_SUPPLIER), error="number_as_supplier"),
        ],
        "reference": [pa.Check(once, error="repeated_reference")],
    }
    schema = pa.DataFrameSchema(
        {field.name: column(field.name, *own.get(field.name, [])) for field in SPEND.fields}
    )
    frame = pl.read_csv(path, infer_schema=False).with_columns(
        pl.all().str.strip_chars().replace("", None)
    )
    findings: Findings = defaultdict(list)
    try:
        schema.validate(typed(frame), lazy=True)
    except pa.errors.SchemaErrors as broken:
        for check, row in broken.failure_cases.select("check", "index").rows():
            findings["required" if check == "not_nullable" else check].append(row + 2)
    return findings


def pandera_polars_plain(path: Path) -> Findings:
    """Six rules on the plain file's columns, each of a cell by itself and in the standard form."""
    import pandera.polars as pa
    import polars as pl
    from pandera.api.polars.types import PolarsData

    def is_day(data: PolarsData) -> pl.LazyFrame:
        day = pl.col(data.key).str.to_date("%Y-%m-%d", strict=False)
        return data.lazyframe.select(day.is_not_null())

    def is_amount(data: PolarsData) -> pl.LazyFrame:
        amount = pl.col(data.key).cast(pl.Decimal(14, 2), strict=False)
        return data.lazyframe.select(amount.is_not_null())

    postcode = pa.Check.str_matches(f"^{SPACED_POSTCODE}$")
    schema = pa.DataFrameSchema(
        {
            "supplier_name": pa.Column(str, checks=pa.Check.str_matches(r"\S")),
            "supplier_postcode": pa.Column(str, nullable=True, checks=postcode),
            "paid_on": pa.Column(str, checks=pa.Check(is_day)),
            "amount_gbp": pa.Column(str, checks=pa.Check(is_amount)),
            "supplier_size": pa.Column(str, checks=pa.Check.isin(codes("supplier_size")[0])),
            "supplier_type": pa.Column(str, checks=pa.Check.isin(codes("supplier_type")[0])),
        }
    )
    findings: Findings = defaultdict(list)
    try:
        schema.validate(pl.read_csv(path, infer_schema=False), lazy=True)
    except pa.errors.SchemaErrors as broken:
        for column, row in broken.failure_cases.select("column", "index").rows():
            findings[column].append(row + 2)
    return findings


def pandera_pandas(path: Path) -> Findings:
    """The same on pandas: vectorised checks on text, no coercion."""
    import pandas as pd
    import pandera.pandas as pa

    frame = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])
    frame = frame.apply(lambda texts: texts.str.strip())

    def dates(texts: pd.Series) -> pd.Series:
        moment = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[s]")
        day = texts.str.replace(MIDNIGHT, "", regex=True)
        for form in DATES:
            left = moment.isna() & day.notna()
            moment[left] = pd.to_datetime(day[left], format=form, errors="coerce")
        return moment.where(moment.between("2000-01-01", "2100-12-31"))

    def amounts(texts: pd.Series) -> pd.Series:
        amount = texts.str.replace(" ", "", regex=False)
        figure = pd.to_numeric(amount.str.replace(r"[£,()-]", "", regex=True), errors="coerce")
        signed = figure.where(~amount.str.contains("[-(]", na=False), -figure)
        return signed.where(amount.str.fullmatch(MONEY, na=False))

    def coded(field: str) -> pd.Series:
        known, labels = codes(field)
        lower = frame[field].str.lower()
        plain = lower.str.replace("[ -]", "_", regex=True)
        return plain.where(plain.isin(known), lower.map(labels))

    def postcodes(texts: pd.Series) -> pd.Series:
        bare = texts.str.replace(" ", "", regex=False).str.upper()
        return bare.where(bare.str.fullmatch(f"{POSTCODE}|{OUTCODE}", na=False))

    upper = frame["supplier_id"].str.upper()
    typed = {
        "paid_on": dates(frame["paid_on"]),
        "amount_gbp": amounts(frame["amount_gbp"]),
        "influenceable": frame["influenceable"]
        .str.lower()
        .map({**dict.fromkeys(YES, True), **dict.fromkeys(NO, False)}),
        "supplier_postcode": postcodes(frame["supplier_postcode"]),
        "branch_postcode": postcodes(frame["branch_postcode"]),
        "supplier_id": upper.where(upper.str.fullmatch(ORG_ID, na=False)),
        "supplier_size": coded("supplier_size"),
        "supplier_type": coded("supplier_type"),
    }

    def in_period(_: pd.Series) -> pd.Series:
        day = typed["paid_on"]
        return day.isna() | day.between(pd.Timestamp(FIRST), pd.Timestamp(LAST))

    def no_person(names: pd.Series) -> pd.Series:
        person = names.str.contains(PERSON, na=False)
        return ~(person & (typed["supplier_type"] != "individual"))

    def once(references: pd.Series) -> pd.Series:
        shared = frame[references.notna() & references.duplicated(keep=False)]
        different = (~shared.duplicated(EQUAL)).groupby(shared["reference"]).sum()
        told_apart = len(different) > 0 and (different > 1).mean() < 0.05
        equal = shared.index[shared.duplicated(EQUAL, keep=False)]
        return pd.Series(~(frame.index.isin(equal) & told_apart), index=frame.index)

    def free_of(pattern: str) -> Callable[[pd.Series], pd.Series]:
        return lambda texts: ~texts.str.contains(pattern, na=False)

    def few_titled(texts: pd.Series) -> pd.Series:
        titled = texts.str.contains(TITLED, na=False)
        return ~(titled & (titled.sum() >= 0.5 * texts.notna().sum()))

    own = {
        "paid_on": pa.Check(in_period, ignore_na=False, error="outside_period"),
        "supplier_name": pa.Check(no_person, ignore_na=False, error="person_as_supplier"),
        "reference": pa.Check(once, ignore_na=False, error="repeated_reference"),
    }

    def column(field: str) -> pa.Column:
        declared = SPEND.field(field)
        checks = [own[field]] if field in own else []
        if declared.type == "text":
            checks += [
                pa.Check(free_of(pattern), ignore_na=False, error=rule)
                for rule, pattern in PERSONAL.items()
            ]
            if field != "supplier_name":
                checks.append(pa.Check(few_titled, ignore_na=False, error="person_name"))
        else:
            understood = typed[field]
            checks.append(
                pa.Check(
                    lambda texts: texts.isna() | understood.notna(),
                    ignore_na=False,
                    error=declared.kind.rule,
                )
            )
        required = declared.required
        return pa.Column(checks=checks, nullable=not required, required=required)

    schema = pa.DataFrameSchema({field.name: column(field.name) for field in SPEND.fields})
    findings: Findings = defaultdict(list)
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as broken:
        for check, row in broken.failure_cases[["check", "index"]].itertuples(index=False):
            findings["required" if check == "not_nullable" else check].append(int(row) + 2)
    return findings


def frictionless(path: Path) -> Findings:
    """Our exported Table Schema: the standard forms only, and no rule across cells."""
    from frictionless import Resource, Schema, system

    schema = Schema.from_descriptor(SPEND.table_schema())
    findings: Findings = defaultdict(list)
    with system.use_context(trusted=True):
        report = Resource(path=str(path), schema=schema).validate(limit_errors=1_000_000)
    for kind, line in report.flatten(["type", "rowNumber"]):
        findings[kind].append(line)
    return findings
