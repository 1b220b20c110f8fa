# SPDX-License-Identifier: BSD-3-Clause
"""Loaders of the real data sets that are shipped with the package."""

from typing import Any

from skx.datasets._table import load_table


def load_abalone19(*, return_X_y: bool = False, as_frame: bool = True) -> Any:
    """Load abalone shells with 19 rings against the rest (classification).

    4,174 rows and 9 columns: sex and seven measures of a shell. The target `class` is
    negative (4,142) or positive (32), 1 to 129.

    `data` holds every column but the target.

    Parameters
    ----------
    return_X_y : bool, default=False
        Return ``(data, target)`` alone.
    as_frame : bool, default=True
        Return pandas objects; False returns numpy arrays and needs no pandas.

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`
        The data set with these fields.

        data : DataFrame or array of shape (4174, 8)
            float64 and Categorical columns, or an array of float64 (categorical columns
            as codes).
        target : Series or array of shape (4174,)
            Categorical Series, or an array of strings.
        frame : DataFrame of shape (4174, 9) or None
            Every column; None if ``as_frame=False``.
        feature_names, target_names, categorical_features : list
            Columns of ``data``, classes, and columns of ``data`` with levels.
        categories : dict of str to list
            Levels of each categorical feature, in the order of their codes.
        sample_weight, groups : None
            This data set has none.
        DESCR, filename : str
            Origin, licence, citation and pitfalls; name of the shipped file.
    (data, target) : tuple
        Returned if ``return_X_y=True``.

    Raises
    ------
    ImportError
        If ``as_frame=True`` and pandas is not installed.
    TypeError
        If an option is not a bool.

    References
    ----------
    .. [1] Nash, W., Sellers, T., Talbot, S., Cawthorn, A. and Ford, W. (1994). Abalone.
       UCI Machine Learning Repository. https://doi.org/10.24432/C55C7W
    .. [2] Alcalá-Fdez, J. et al. (2011). KEEL data-mining software tool: data set
       repository, integration of algorithms and experimental analysis framework.
       Journal of Multiple-Valued Logic and Soft Computing, 17(2-3), 255-287.

    Examples
    --------
    >>> from skx.datasets import load_abalone19
    >>> shells = load_abalone19()
    >>> shells.data.shape
    (4174, 8)
    >>> shells.target.value_counts().to_dict()
    {'negative': 4142, 'positive': 32}
    """
    return load_table("abalone19", return_X_y=return_X_y, as_frame=as_frame)


def load_adult(*, return_X_y: bool = False, as_frame: bool = True) -> Any:
    """Load the census of 1994: yearly income above 50,000 dollars (classification).

    32,561 rows (the training part) and 15 columns: age, work, education, family and
    origin of a person, with missing values in three columns. The target `label` is
    <=50K (24,720) or >50K (7,841).

    `data` holds the features. The survey weight `fnlwgt` is left out; `frame` has it.

    Parameters
    ----------
    return_X_y : bool, default=False
        Return ``(data, target)`` alone.
    as_frame : bool, default=True
        Return pandas objects; False returns numpy arrays and needs no pandas.

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`
        The data set with these fields.

        data : DataFrame or array of shape (32561, 13)
            int64 and Categorical columns, or an array of float64 (categorical columns
            as codes, a missing value as NaN).
        target : Series or array of shape (32561,)
            Categorical Series, or an array of strings.
        frame : DataFrame of shape (32561, 15) or None
            Every column; None if ``as_frame=False``.
        feature_names, target_names, categorical_features : list
            Columns of ``data``, classes, and columns of ``data`` with levels.
        categories : dict of str to list
            Levels of each categorical feature, in the order of their codes.
        sample_weight : Series or array of shape (32561,)
            The survey weight `fnlwgt`.
        groups : None
            This data set has none.
        DESCR, filename : str
            Origin, licence, citation and pitfalls; name of the shipped file.
    (data, target) : tuple
        Returned if ``return_X_y=True``.

    Raises
    ------
    ImportError
        If ``as_frame=True`` and pandas is not installed.
    TypeError
        If an option is not a bool.

    References
    ----------
    .. [1] Becker, B. and Kohavi, R. (1996). Adult. UCI Machine Learning Repository.
       https://doi.org/10.24432/C5XW20

    Examples
    --------
    >>> from skx.datasets import load_adult
    >>> adult = load_adult()
    >>> adult.data.shape
    (32561, 13)
    >>> adult.categories["sex"]
    ['Female', 'Male']
    """
    return load_table("adult", return_X_y=return_X_y, as_frame=as_frame)


def load_avila(*, return_X_y: bool = False, as_frame: bool = True) -> Any:
    """Load page layouts of the Avila Bible by twelve copyists (multi-task).

    20,867 rows and 11 columns: nine measures of the layout and the task. The target
    `class` is one of twelve copyists, 0 to 11, with 8,572, 10, 206, 705, 2,190, 3,923,
    893, 1,039, 1,663, 89, 1,044 and 533 rows. The 48 tasks hold 9 to 7,030 rows, and 19
    of them a single class.

    `data` holds the features. The column `Task` is left out; `groups` and `frame` have
    it.

    Parameters
    ----------
    return_X_y : bool, default=False
        Return ``(data, target)`` alone.
    as_frame : bool, default=True
        Return pandas objects; False returns numpy arrays and needs no pandas.

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`
        The data set with these fields.

        data : DataFrame or array of shape (20867, 9)
            float64 columns, or an array of float64.
        target : Series or array of shape (20867,)
            Categorical Series, or an array of int64.
        frame : DataFrame of shape (20867, 11) or None
            Every column; None if ``as_frame=False``.
        feature_names, target_names, categorical_features : list
            Columns of ``data``, classes, and columns of ``data`` with levels.
        categories : dict of str to list
            Levels of each categorical feature, in the order of their codes.
        groups : Series or array of shape (20867,)
            The task of a row, `Task`.
        sample_weight : None
            This data set has none.
        DESCR, filename : str
            Origin, licence, citation and pitfalls; name of the shipped file.
    (data, target) : tuple
        Returned if ``return_X_y=True``.

    Raises
    ------
    ImportError
        If ``as_frame=True`` and pandas is not installed.
    TypeError
        If an option is not a bool.

    References
    ----------
    .. [1] De Stefano, C., Fontanella, F., Maniaci, M. and Scotto di Freca, A. (2018).
       Avila. UCI Machine Learning Repository. https://doi.org/10.24432/C5K02X

    Examples
    --------
    >>> from skx.datasets import load_avila
    >>> avila = load_avila()
    >>> avila.data.shape
    (20867, 9)
    >>> avila.groups.nunique()
    48
    """
    return load_table("avila", return_X_y=return_X_y, as_frame=as_frame)


def load_bank_marketing(*, return_X_y: bool = False, as_frame: bool = True) -> Any:
    """Load calls of a bank: subscription to a term deposit (classification).

    45,211 rows and 17 columns: the client, the last contact and earlier campaigns. The
    target `y` is no (39,922) or yes (5,289).

    `data` holds the features. The length of the call, `duration`, is left out since it
    is known only after the outcome; `frame` has it.

    Parameters
    ----------
    return_X_y : bool, default=False
        Return ``(data, target)`` alone.
    as_frame : bool, default=True
        Return pandas objects; False returns numpy arrays and needs no pandas.

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`
        The data set with these fields.

        data : DataFrame or array of shape (45211, 15)
            int64 and Categorical columns, or an array of float64 (categorical columns
            as codes).
        target : Series or array of shape (45211,)
            Categorical Series, or an array of strings.
        frame : DataFrame of shape (45211, 17) or None
            Every column; None if ``as_frame=False``.
        feature_names, target_names, categorical_features : list
            Columns of ``data``, classes, and columns of ``data`` with levels.
        categories : dict of str to list
            Levels of each categorical feature, in the order of their codes.
        sample_weight, groups : None
            This data set has none.
        DESCR, filename : str
            Origin, licence, citation and pitfalls; name of the shipped file.
    (data, target) : tuple
        Returned if ``return_X_y=True``.

    Raises
    ------
    ImportError
        If ``as_frame=True`` and pandas is not installed.
    TypeError
        If an option is not a bool.

    References
    ----------
    .. [1] Moro, S., Rita, P. and Cortez, P. (2014). Bank Marketing. UCI Machine
       Learning Repository. https://doi.org/10.24432/C5K306

    Examples
    --------
    >>> from skx.datasets import load_bank_marketing
    >>> bank = load_bank_marketing()
    >>> "duration" in bank.data, "duration" in bank.frame
    (False, True)
    """
    return load_table("bank_marketing", return_X_y=return_X_y, as_frame=as_frame)


def load_covid_testing(*, return_X_y: bool = False, as_frame: bool = True) -> Any:
    """Load tests for SARS-CoV-2 at a children's hospital (classification).

    15,223 rows and 13 columns: patient, clinic, payment and handling times, with
    missing values in two features; 88 clinics. The target `result` is negative (14,358)
    or positive (865).

    `data` holds the features. The reading of the assay, `ct_result`, is left out since
    it is the outcome; `frame` has it.

    Parameters
    ----------
    return_X_y : bool, default=False
        Return ``(data, target)`` alone.
    as_frame : bool, default=True
        Return pandas objects; False returns numpy arrays and needs no pandas.

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`
        The data set with these fields.

        data : DataFrame or array of shape (15223, 11)
            int64, float64 and Categorical columns, or an array of float64 (categorical
            columns as codes, a missing value as NaN).
        target : Series or array of shape (15223,)
            Categorical Series, or an array of strings.
        frame : DataFrame of shape (15223, 13) or None
            Every column; None if ``as_frame=False``.
        feature_names, target_names, categorical_features : list
            Columns of ``data``, classes, and columns of ``data`` with levels.
        categories : dict of str to list
            Levels of each categorical feature, in the order of their codes.
        sample_weight, groups : None
            This data set has none.
        DESCR, filename : str
            Origin, licence, citation and pitfalls; name of the shipped file.
    (data, target) : tuple
        Returned if ``return_X_y=True``.

    Raises
    ------
    ImportError
        If ``as_frame=True`` and pandas is not installed.
    TypeError
        If an option is not a bool.

    References
    ----------
    .. [1] Obstfeld, A. E. (2020). Deidentified results of COVID-19 testing at the
       Children's Hospital of Philadelphia. R package medicaldata, edited by P. Higgins.

    Examples
    --------
    >>> from skx.datasets import load_covid_testing
    >>> tests = load_covid_testing()
    >>> tests.data.shape
    (15223, 11)
    >>> len(tests.categories["clinic_name"])
    88
    """
    return load_table("covid_testing", return_X_y=return_X_y, as_frame=as_frame)


def load_credit_card_default(*, return_X_y: bool = False, as_frame: bool = True) -> Any:
    """Load credit card clients: default of the next payment (classification).

    30,000 rows and 24 columns: credit limit, person, and six months of status, bills
    and payments. The target `DEFAULT_PAYMENT` is 0 (23,364) or 1 (6,636).

    `data` holds every column but the target.

    Parameters
    ----------
    return_X_y : bool, default=False
        Return ``(data, target)`` alone.
    as_frame : bool, default=True
        Return pandas objects; False returns numpy arrays and needs no pandas.

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`
        The data set with these fields.

        data : DataFrame or array of shape (30000, 23)
            int64 and Categorical columns, or an array of float64 (categorical columns
            as codes).
        target : Series or array of shape (30000,)
            Categorical Series, or an array of int64.
        frame : DataFrame of shape (30000, 24) or None
            Every column; None if ``as_frame=False``.
        feature_names, target_names, categorical_features : list
            Columns of ``data``, classes, and columns of ``data`` with levels.
        categories : dict of str to list
            Levels of each categorical feature, in the order of their codes.
        sample_weight, groups : None
            This data set has none.
        DESCR, filename : str
            Origin, licence, citation and pitfalls; name of the shipped file.
    (data, target) : tuple
        Returned if ``return_X_y=True``.

    Raises
    ------
    ImportError
        If ``as_frame=True`` and pandas is not installed.
    TypeError
        If an option is not a bool.

    References
    ----------
    .. [1] Yeh, I. (2009). Default of Credit Card Clients. UCI Machine Learning
       Repository. https://doi.org/10.24432/C55S3H

    Examples
    --------
    >>> from skx.datasets import load_credit_card_default
    >>> clients = load_credit_card_default()
    >>> clients.data.shape
    (30000, 23)
    >>> clients.categorical_features
    ['SEX', 'EDUCATION', 'MARRIAGE']
    """
    return load_table("credit_card_default", return_X_y=return_X_y, as_frame=as_frame)


def load_kidney_disease(*, return_X_y: bool = False, as_frame: bool = True) -> Any:
    """Load blood and urine tests: chronic kidney disease (classification).

    400 rows and 25 columns: age, blood pressure, laboratory values and diagnoses, with
    1,012 missing cells. The target `label` is ckd (250) or notckd (150).

    `data` holds every column but the target.

    Parameters
    ----------
    return_X_y : bool, default=False
        Return ``(data, target)`` alone.
    as_frame : bool, default=True
        Return pandas objects; False returns numpy arrays and needs no pandas.

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`
        The data set with these fields.

        data : DataFrame or array of shape (400, 24)
            float64 and Categorical columns, or an array of float64 (categorical columns
            as codes, a missing value as NaN).
        target : Series or array of shape (400,)
            Categorical Series, or an array of strings.
        frame : DataFrame of shape (400, 25) or None
            Every column; None if ``as_frame=False``.
        feature_names, target_names, categorical_features : list
            Columns of ``data``, classes, and columns of ``data`` with levels.
        categories : dict of str to list
            Levels of each categorical feature, in the order of their codes.
        sample_weight, groups : None
            This data set has none.
        DESCR, filename : str
            Origin, licence, citation and pitfalls; name of the shipped file.
    (data, target) : tuple
        Returned if ``return_X_y=True``.

    Raises
    ------
    ImportError
        If ``as_frame=True`` and pandas is not installed.
    TypeError
        If an option is not a bool.

    References
    ----------
    .. [1] Rubini, L., Soundarapandian, P. and Eswaran, P. (2015). Chronic Kidney
       Disease. UCI Machine Learning Repository. https://doi.org/10.24432/C5G020

    Examples
    --------
    >>> from skx.datasets import load_kidney_disease
    >>> kidney = load_kidney_disease()
    >>> kidney.data.shape
    (400, 24)
    >>> int(kidney.data.isna().sum().sum())
    1012
    """
    return load_table("kidney_disease", return_X_y=return_X_y, as_frame=as_frame)


def load_letter(*, return_X_y: bool = False, as_frame: bool = True) -> Any:
    """Load distorted printed capital letters (classification).

    20,000 rows and 17 columns: sixteen measures of a picture, from 0 to 15. The target
    `lettr` is one of 26 letters, A to Z, with 734 to 813 rows each.

    `data` holds every column but the target.

    Parameters
    ----------
    return_X_y : bool, default=False
        Return ``(data, target)`` alone.
    as_frame : bool, default=True
        Return pandas objects; False returns numpy arrays and needs no pandas.

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`
        The data set with these fields.

        data : DataFrame or array of shape (20000, 16)
            int64 columns, or an array of float64.
        target : Series or array of shape (20000,)
            Categorical Series, or an array of strings.
        frame : DataFrame of shape (20000, 17) or None
            Every column; None if ``as_frame=False``.
        feature_names, target_names, categorical_features : list
            Columns of ``data``, classes, and columns of ``data`` with levels.
        categories : dict of str to list
            Levels of each categorical feature, in the order of their codes.
        sample_weight, groups : None
            This data set has none.
        DESCR, filename : str
            Origin, licence, citation and pitfalls; name of the shipped file.
    (data, target) : tuple
        Returned if ``return_X_y=True``.

    Raises
    ------
    ImportError
        If ``as_frame=True`` and pandas is not installed.
    TypeError
        If an option is not a bool.

    References
    ----------
    .. [1] Slate, D. (1991). Letter Recognition. UCI Machine Learning Repository.
       https://doi.org/10.24432/C5ZP40

    Examples
    --------
    >>> from skx.datasets import load_letter
    >>> X, y = load_letter(return_X_y=True, as_frame=False)
    >>> X.shape
    (20000, 16)
    >>> str(y[0])
    'T'
    """
    return load_table("letter", return_X_y=return_X_y, as_frame=as_frame)


def load_mushroom(*, return_X_y: bool = False, as_frame: bool = True) -> Any:
    """Load mushrooms, edible or poisonous (classification).

    8,124 rows and 23 columns: 22 nominal properties coded by letters, with missing
    values in `stalk_root`. The target `label` is e, edible (4,208), or p, poisonous
    (3,916).

    `data` holds every column but the target.

    Parameters
    ----------
    return_X_y : bool, default=False
        Return ``(data, target)`` alone.
    as_frame : bool, default=True
        Return pandas objects; False returns numpy arrays and needs no pandas.

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`
        The data set with these fields.

        data : DataFrame or array of shape (8124, 22)
            Categorical columns, or an array of float64 (categorical columns as codes, a
            missing value as NaN).
        target : Series or array of shape (8124,)
            Categorical Series, or an array of strings.
        frame : DataFrame of shape (8124, 23) or None
            Every column; None if ``as_frame=False``.
        feature_names, target_names, categorical_features : list
            Columns of ``data``, classes, and columns of ``data`` with levels.
        categories : dict of str to list
            Levels of each categorical feature, in the order of their codes.
        sample_weight, groups : None
            This data set has none.
        DESCR, filename : str
            Origin, licence, citation and pitfalls; name of the shipped file.
    (data, target) : tuple
        Returned if ``return_X_y=True``.

    Raises
    ------
    ImportError
        If ``as_frame=True`` and pandas is not installed.
    TypeError
        If an option is not a bool.

    References
    ----------
    .. [1] Schlimmer, J. (1987). Mushroom. UCI Machine Learning Repository.
       https://doi.org/10.24432/C5959T

    Examples
    --------
    >>> from skx.datasets import load_mushroom
    >>> mushroom = load_mushroom()
    >>> mushroom.data.shape
    (8124, 22)
    >>> mushroom.target_names
    ['e', 'p']
    """
    return load_table("mushroom", return_X_y=return_X_y, as_frame=as_frame)


def load_nass_cds(*, return_X_y: bool = False, as_frame: bool = True) -> Any:
    """Load car crashes in the United States: death of an occupant (classification).

    26,217 rows and 15 columns: speed, seat, airbag, belt, vehicle and person, for
    front-seat occupants in the years 1997 to 2002. The target `dead` is alive (25,037)
    or dead (1,180).

    `data` holds the features. The survey weight `weight`, the vehicle `caseid` and
    `injSeverity`, which says nearly the same as the target, are left out; `frame` has
    them. `injSeverity` is an ordinal target of its own, never to be used with `dead`: 0
    (no injury) to 4 (killed), while 5 (unknown) and 6 (died before) are not on the
    scale.

    Parameters
    ----------
    return_X_y : bool, default=False
        Return ``(data, target)`` alone.
    as_frame : bool, default=True
        Return pandas objects; False returns numpy arrays and needs no pandas.

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`
        The data set with these fields.

        data : DataFrame or array of shape (26217, 11)
            int64, float64 and Categorical columns, or an array of float64 (categorical
            columns as codes, a missing value as NaN).
        target : Series or array of shape (26217,)
            Categorical Series, or an array of strings.
        frame : DataFrame of shape (26217, 15) or None
            Every column; None if ``as_frame=False``.
        feature_names, target_names, categorical_features : list
            Columns of ``data``, classes, and columns of ``data`` with levels.
        categories : dict of str to list
            Levels of each categorical feature, in the order of their codes.
        sample_weight : Series or array of shape (26217,)
            The survey weight `weight`.
        groups : None
            This data set has none.
        DESCR, filename : str
            Origin, licence, citation and pitfalls; name of the shipped file.
    (data, target) : tuple
        Returned if ``return_X_y=True``.

    Raises
    ------
    ImportError
        If ``as_frame=True`` and pandas is not installed.
    TypeError
        If an option is not a bool.

    References
    ----------
    .. [1] Meyer, M. C. and Finney, T. (2005). Who wants airbags? Chance, 18(2), 3-16.

    Examples
    --------
    >>> from skx.datasets import load_nass_cds
    >>> crashes = load_nass_cds()
    >>> crashes.data.shape
    (26217, 11)
    >>> graded = crashes.frame["injSeverity"] <= 4
    >>> X, y = crashes.data[graded], crashes.frame.loc[graded, "injSeverity"]
    >>> len(y)
    25929
    """
    return load_table("nass_cds", return_X_y=return_X_y, as_frame=as_frame)


def load_optdigits(*, return_X_y: bool = False, as_frame: bool = True) -> Any:
    """Load hand-written digits as 8 x 8 pictures (classification).

    5,620 rows and 65 columns: 64 grey values from 0 to 16. The target `digit` is 0 to
    9, with 554 to 572 rows each. The first 3,823 rows are the training part of the
    origin, the other 1,797 the test part, by other people, which is
    `sklearn.datasets.load_digits`.

    `data` holds every column but the target.

    Parameters
    ----------
    return_X_y : bool, default=False
        Return ``(data, target)`` alone.
    as_frame : bool, default=True
        Return pandas objects; False returns numpy arrays and needs no pandas.

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`
        The data set with these fields.

        data : DataFrame or array of shape (5620, 64)
            int64 columns, or an array of float64.
        target : Series or array of shape (5620,)
            Categorical Series, or an array of int64.
        frame : DataFrame of shape (5620, 65) or None
            Every column; None if ``as_frame=False``.
        feature_names, target_names, categorical_features : list
            Columns of ``data``, classes, and columns of ``data`` with levels.
        categories : dict of str to list
            Levels of each categorical feature, in the order of their codes.
        sample_weight, groups : None
            This data set has none.
        DESCR, filename : str
            Origin, licence, citation and pitfalls; name of the shipped file.
    (data, target) : tuple
        Returned if ``return_X_y=True``.

    Raises
    ------
    ImportError
        If ``as_frame=True`` and pandas is not installed.
    TypeError
        If an option is not a bool.

    References
    ----------
    .. [1] Alpaydin, E. and Kaynak, C. (1998). Optical Recognition of Handwritten
       Digits. UCI Machine Learning Repository. https://doi.org/10.24432/C50P49

    Examples
    --------
    >>> from skx.datasets import load_optdigits
    >>> X, y = load_optdigits(return_X_y=True, as_frame=False)
    >>> X[0].reshape(8, 8)[3].tolist()
    [0.0, 5.0, 16.0, 3.0, 0.0, 5.0, 7.0, 0.0]
    """
    return load_table("optdigits", return_X_y=return_X_y, as_frame=as_frame)


def load_satimage(*, return_X_y: bool = False, as_frame: bool = True) -> Any:
    """Load windows of a satellite picture by kind of ground (classification).

    6,435 rows and 37 columns: four spectral values of the nine pixels of a window. The
    target `classes` is the ground at its centre: cotton crop (703), damp grey soil
    (626), grey soil (1,358), red soil (1,533), vegetation stubble (707) or very damp
    grey soil (1,508).

    `data` holds every column but the target.

    Parameters
    ----------
    return_X_y : bool, default=False
        Return ``(data, target)`` alone.
    as_frame : bool, default=True
        Return pandas objects; False returns numpy arrays and needs no pandas.

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`
        The data set with these fields.

        data : DataFrame or array of shape (6435, 36)
            int64 columns, or an array of float64.
        target : Series or array of shape (6435,)
            Categorical Series, or an array of strings.
        frame : DataFrame of shape (6435, 37) or None
            Every column; None if ``as_frame=False``.
        feature_names, target_names, categorical_features : list
            Columns of ``data``, classes, and columns of ``data`` with levels.
        categories : dict of str to list
            Levels of each categorical feature, in the order of their codes.
        sample_weight, groups : None
            This data set has none.
        DESCR, filename : str
            Origin, licence, citation and pitfalls; name of the shipped file.
    (data, target) : tuple
        Returned if ``return_X_y=True``.

    Raises
    ------
    ImportError
        If ``as_frame=True`` and pandas is not installed.
    TypeError
        If an option is not a bool.

    References
    ----------
    .. [1] Srinivasan, A. (1993). Statlog (Landsat Satellite). UCI Machine Learning
       Repository. https://doi.org/10.24432/C55887

    Examples
    --------
    >>> from skx.datasets import load_satimage
    >>> ground = load_satimage()
    >>> rare = ground.target == "damp grey soil"
    >>> int(rare.sum())
    626
    """
    return load_table("satimage", return_X_y=return_X_y, as_frame=as_frame)


def load_spambase(*, return_X_y: bool = False, as_frame: bool = True) -> Any:
    """Load electronic messages, spam or not (classification).

    4,601 rows and 58 columns: percentages of words and signs, and lengths of runs of
    capitals. The target `type` is nonspam (2,788) or spam (1,813).

    `data` holds every column but the target.

    Parameters
    ----------
    return_X_y : bool, default=False
        Return ``(data, target)`` alone.
    as_frame : bool, default=True
        Return pandas objects; False returns numpy arrays and needs no pandas.

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`
        The data set with these fields.

        data : DataFrame or array of shape (4601, 57)
            int64 and float64 columns, or an array of float64.
        target : Series or array of shape (4601,)
            Categorical Series, or an array of strings.
        frame : DataFrame of shape (4601, 58) or None
            Every column; None if ``as_frame=False``.
        feature_names, target_names, categorical_features : list
            Columns of ``data``, classes, and columns of ``data`` with levels.
        categories : dict of str to list
            Levels of each categorical feature, in the order of their codes.
        sample_weight, groups : None
            This data set has none.
        DESCR, filename : str
            Origin, licence, citation and pitfalls; name of the shipped file.
    (data, target) : tuple
        Returned if ``return_X_y=True``.

    Raises
    ------
    ImportError
        If ``as_frame=True`` and pandas is not installed.
    TypeError
        If an option is not a bool.

    References
    ----------
    .. [1] Hopkins, M., Reeber, E., Forman, G. and Suermondt, J. (1999). Spambase. UCI
       Machine Learning Repository. https://doi.org/10.24432/C53G6X

    Examples
    --------
    >>> from skx.datasets import load_spambase
    >>> spambase = load_spambase()
    >>> spambase.data.shape
    (4601, 57)
    >>> spambase.target_names
    ['nonspam', 'spam']
    """
    return load_table("spambase", return_X_y=return_X_y, as_frame=as_frame)


def load_wine_quality_red(*, return_X_y: bool = False, as_frame: bool = True) -> Any:
    """Load red wines graded by tasters (ordinal).

    1,599 rows and 12 columns: eleven chemical measures. The target `quality` is an
    ordered grade, 3 (10 wines), 4 (53), 5 (681), 6 (638), 7 (199) or 8 (18). 240 rows
    are exact duplicates of others.

    `data` holds every column but the target.

    Parameters
    ----------
    return_X_y : bool, default=False
        Return ``(data, target)`` alone.
    as_frame : bool, default=True
        Return pandas objects; False returns numpy arrays and needs no pandas.

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`
        The data set with these fields.

        data : DataFrame or array of shape (1599, 11)
            float64 columns, or an array of float64.
        target : Series or array of shape (1599,)
            ordered Categorical Series, or an array of int64.
        frame : DataFrame of shape (1599, 12) or None
            Every column; None if ``as_frame=False``.
        feature_names, target_names, categorical_features : list
            Columns of ``data``, classes, and columns of ``data`` with levels.
        categories : dict of str to list
            Levels of each categorical feature, in the order of their codes.
        sample_weight, groups : None
            This data set has none.
        DESCR, filename : str
            Origin, licence, citation and pitfalls; name of the shipped file.
    (data, target) : tuple
        Returned if ``return_X_y=True``.

    Raises
    ------
    ImportError
        If ``as_frame=True`` and pandas is not installed.
    TypeError
        If an option is not a bool.

    References
    ----------
    .. [1] Cortez, P., Cerdeira, A., Almeida, F., Matos, T. and Reis, J. (2009). Wine
       Quality. UCI Machine Learning Repository. https://doi.org/10.24432/C56S3T

    Examples
    --------
    >>> from skx.datasets import load_wine_quality_red
    >>> wine = load_wine_quality_red()
    >>> wine.data.shape
    (1599, 11)
    >>> wine.target.cat.ordered, wine.target_names
    (True, [3, 4, 5, 6, 7, 8])
    """
    return load_table("wine_quality_red", return_X_y=return_X_y, as_frame=as_frame)
